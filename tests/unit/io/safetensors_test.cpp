#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/safetensors.hpp>

#include "safetensors_support.hpp"
#include "temporary_folder.hpp"

namespace vc = vaecollapse;
using namespace safetensors_test;
using vc::test::TemporaryFolder;

// A pointer to a tensor may not outlive the file's content.
template <class T>
concept Finds = requires(T object) {
  std::forward<T>(object).find("x");
};
template <class T>
concept FindsSkipped = requires(T object) {
  std::forward<T>(object).find_skipped("x");
};
static_assert(Finds<vc::Safetensors&> && FindsSkipped<const vc::Safetensors&>);
static_assert(!Finds<vc::Safetensors> && !FindsSkipped<vc::Safetensors>);

namespace {

std::string serialise_error(const vc::Safetensors& content) {
  try {
    (void)vc::serialise(content);
  } catch (const vc::Error& error) {
    return error.what();
  }
  return "no error";
}

vc::Safetensors example() {
  return {{{"a", "1"}, {"b", "line\n\"quoted\" \xC4\x9F"}},
          {tensor<float>("weight", {2, 3}, {1, 2, 3, 4, 5, 6}),
           tensor<double>("bias", {3}, {0.1, -0.0, 1e-310}),
           tensor<std::uint64_t>("step", {}, {std::numeric_limits<std::uint64_t>::max()}),
           tensor<std::int64_t>("offset", {1, 1}, {-5}), tensor<float>("none", {0, 7}, {})}};
}

}  // namespace

TEST_CASE("what is written is read") {
  const vc::Safetensors written = example();
  const vc::Safetensors read = vc::parse_safetensors("f", vc::serialise(written));
  CHECK(read.metadata == written.metadata);
  REQUIRE(read.tensors.size() == written.tensors.size());
  for (const vc::Tensor& tensor : written.tensors) {
    REQUIRE(read.find(tensor.name) != nullptr);
    CHECK(*read.find(tensor.name) == tensor);
  }
  CHECK(read.find("missing") == nullptr);

  std::vector<float> weight(6);
  vc::copy_values<float>(*read.find("weight"), weight);
  CHECK(weight == std::vector<float>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("an empty file content is a file too") {
  const auto bytes = vc::serialise({});
  CHECK(bytes == file("{}      "));
  const vc::Safetensors read = vc::parse_safetensors("f", bytes);
  CHECK(read.metadata.empty());
  CHECK(read.tensors.empty());
}

TEST_CASE("the bytes are those that the format prescribes") {
  const vc::Safetensors content{{{"k", "v"}},
                                {tensor<float>("x", {2}, {1, 2}), tensor<double>("y", {}, {3})}};
  auto expected =
      file(R"({"__metadata__":{"k":"v"},"y":{"dtype":"F64","shape":[],"data_offsets":[0,8]},)"
           R"("x":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}    )");
  const double y = 3;
  const float x[2] = {1, 2};
  const auto append = [&expected](std::span<const std::byte> more) {
    expected.insert(expected.end(), more.begin(), more.end());
  };
  append(std::as_bytes(std::span(&y, 1)));
  append(std::as_bytes(std::span(x)));
  CHECK(vc::serialise(content) == expected);
}

TEST_CASE("the same content gives the same bytes, in whatever order") {
  vc::Safetensors content = example();
  const auto bytes = vc::serialise(content);
  std::swap(content.tensors.front(), content.tensors.back());
  CHECK(vc::serialise(content) == bytes);
  CHECK(vc::serialise(vc::parse_safetensors("f", bytes)) == bytes);
}

TEST_CASE("values are aligned in the file") {
  const auto bytes = vc::serialise(example());
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  CHECK(header % 8 == 0);
  const std::string text(reinterpret_cast<const char*>(bytes.data()) + 8, header);
  CHECK(text.find(R"("weight":{"dtype":"F32","shape":[2,3],"data_offsets":[40,64]})") != text.npos);
}

TEST_CASE("fields in any order, spaces and padding are read") {
  const auto read = vc::parse_safetensors(
      "f", file("{ \"x\" : {\"data_offsets\":[0,4], \"shape\":[1,1], \"dtype\":\"F32\"} } \n", 4));
  REQUIRE(read.tensors.size() == 1);
  CHECK(read.tensors[0].shape == vc::FileShape{1, 1});
  CHECK(read.tensors[0].bytes == std::vector<std::byte>(4, std::byte{1}));
}

TEST_CASE("files cut anywhere are refused") {
  const auto whole = vc::serialise(example());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::vector<std::byte> cut(whole.begin(),
                                     whole.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_THROWS_AS((void)vc::parse_safetensors("f", cut), vc::InputError);
  }
}

TEST_CASE("any one changed byte of the header is refused or read, never worse") {
  const auto whole = vc::serialise(example());
  std::uint64_t header = 0;
  std::memcpy(&header, whole.data(), 8);
  for (std::size_t at = 0; at < 8 + header; ++at) {
    for (const int value : {0x00, 0x20, 0x22, 0x2C, 0x30, 0x39, 0x5B, 0x7D, 0xFF}) {
      auto changed = whole;
      changed[at] = static_cast<std::byte>(value);
      try {
        (void)vc::parse_safetensors("f", changed);
      } catch (const vc::InputError&) {
      }
    }
  }
}

TEST_CASE("what is no safetensors file says so") {
  CHECK(parse_error({}) == "f: found a file of 0 bytes, expected a safetensors file");
  CHECK(parse_error(bytes_of("short")) ==
        "f: found a file of 5 bytes, expected a safetensors file");
  CHECK(parse_error(bytes_of("plain text of some length")) ==
        "f: found a header length of 7310503753715641456 bytes, expected at most 17 "
        "(no safetensors file, or one cut short)");
  CHECK(parse_error(file("")) == "f: found a header that does not begin with {, expected one");
  CHECK(parse_error(file(" {}")) == "f: found a header that does not begin with {, expected one");
}

TEST_CASE("a header that is not the right JSON is refused") {
  CHECK(parse_error(file(R"({"x":)")) ==
        "f: found a header that stops being JSON at its byte 6, expected one JSON object");
  CHECK(parse_error(file("{}{}")) ==
        "f: found a header that stops being JSON at its byte 3, expected one JSON object");
  CHECK(parse_error(file("{\"\xFF\":1}")) ==
        "f: found a header that stops being JSON at its byte 3, expected one JSON object");
  CHECK(parse_error(file(R"({"x":1e999})")) ==
        "f: found a header that stops being JSON at its byte 10, expected one JSON object");
  CHECK(parse_error(file(std::string_view("{}\0garbage", 10))) ==
        "f: found a zero byte in the header, its byte 2, expected JSON text");
}

TEST_CASE("values in wrong places are refused, nested ones at once") {
  CHECK(parse_error(file(R"({"x":null})")) ==
        "f: found null as tensor \"x\", expected an object with dtype, shape and data_offsets");
  CHECK(parse_error(file(R"({"x":[[[[)")) ==
        "f: found a list as tensor \"x\", expected an object with dtype, shape and data_offsets");
  CHECK(parse_error(file(R"({"x":{"dtype":{"a":)")) ==
        "f: found an object as the field \"dtype\" of tensor \"x\", expected a string");
  CHECK(parse_error(file(R"({"x":{"dtype":["F32"]}})")) ==
        "f: found a list as the field \"dtype\" of tensor \"x\", expected a string");
  CHECK(parse_error(file(R"({"x":{"shape":"1"}})")) ==
        "f: found the string \"1\" as the field \"shape\" of tensor \"x\", expected a list of "
        "whole numbers");
  CHECK(parse_error(file(R"({"x":{"shape":[[1]]}})")) ==
        "f: found a list as an extent of tensor \"x\", expected a whole number, 0 or more");
  CHECK(parse_error(file(R"({"x":{"shape":[-1]}})")) ==
        "f: found the number -1 as an extent of tensor \"x\", expected a whole number, 0 or more");
  CHECK(parse_error(file(R"({"x":{"shape":[1.0]}})")) ==
        "f: found the number 1.0 as an extent of tensor \"x\", expected a whole number, 0 or "
        "more");
  CHECK(parse_error(file(R"({"x":{"shape":[18446744073709551616]}})")) ==
        "f: found the number 18446744073709551616 as an extent of tensor \"x\", expected a whole "
        "number, 0 or more");
  CHECK(parse_error(file(R"({"x":{"data_offsets":[0,true]}})")) ==
        "f: found true as a data offset of tensor \"x\", expected a whole number, 0 or more");
  CHECK(parse_error(file(R"({"x":{"data_offsets":[0]}})")) ==
        "f: found 1 data_offsets of tensor \"x\", expected two, begin and end");
  CHECK(parse_error(file(R"({"x":{"data_offsets":[0,1,2]}})")) ==
        "f: found 3 data_offsets of tensor \"x\", expected two, begin and end");
}

TEST_CASE("metadata is strings by name") {
  CHECK(parse_error(file(R"({"__metadata__":3})")) ==
        "f: found the number 3 as __metadata__, expected an object of strings");
  CHECK(parse_error(file(R"({"__metadata__":{"epoch":3}})")) ==
        "f: found the number 3 as the metadata \"epoch\", expected a string");
  CHECK(parse_error(file(R"({"__metadata__":{"a":{}}})")) ==
        "f: found an object as the metadata \"a\", expected a string");
}

TEST_CASE("nothing may be given twice, be missing or be unknown") {
  const std::string x = R"("x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  CHECK(parse_error(file("{" + x + "," + x + "}", 4)) ==
        "f: found two entries named \"x\", expected one of each");
  CHECK(parse_error(file(R"({"__metadata__":{},"__metadata__":{}})")) ==
        "f: found two entries named \"__metadata__\", expected one of each");
  CHECK(parse_error(file(R"({"__metadata__":{"a":"1","a":"1"}})")) ==
        "f: found two values of the metadata \"a\", expected one");
  CHECK(parse_error(file(R"({"x":{"dtype":"F32","dtype":"F64"}})")) ==
        "f: found the field \"dtype\" of tensor \"x\" given twice, expected it once");
  CHECK(parse_error(file(R"({"x":{"layout":"C"}})")) ==
        "f: found the field \"layout\" of tensor \"x\", which the format does not know, expected "
        "dtype, shape and data_offsets");
  CHECK(parse_error(file(R"({"x":{"dtype":"F32","shape":[1]}})")) ==
        "f: found tensor \"x\" without data_offsets, expected it to be given");
}

TEST_CASE("offsets must fit the shape and cover the data exactly once") {
  const auto one = [](std::string_view shape, std::string_view offsets, std::size_t data) {
    return parse_error(file(R"({"x":{"dtype":"F32","shape":)" + std::string(shape) +
                                R"(,"data_offsets":)" + std::string(offsets) + "}}",
                            data));
  };
  CHECK(one("[2]", "[0,8]", 8) == "no error");
  CHECK(one("[2]", "[0,4]", 4) ==
        "f: found tensor \"x\" at [0, 4], expected 8 bytes for F32 of shape [2]");
  CHECK(one("[2]", "[0,8]", 7) ==
        "f: found tensor \"x\" at [0, 8], expected an end of at most 7, the bytes of data");
  CHECK(one("[2]", "[8,0]", 8) ==
        "f: found tensor \"x\" at [8, 0], expected a begin that is not after the end");
  CHECK(one("[2]", "[0,8]", 9) ==
        "f: found 9 bytes of data, expected 8 bytes, where the last tensor ends");
  CHECK(one("[2]", "[4,12]", 12) ==
        "f: found tensor \"x\" at [4, 12], expected a begin at 0 (no gap, no overlap)");
  CHECK(one("[0]", "[0,18446744073709551615]", 0) ==
        "f: found tensor \"x\" at [0, 18446744073709551615], expected an end of at most 0, the "
        "bytes of data");
  CHECK(one("[4294967296,4294967296]", "[0,0]", 0) ==
        "f: found tensor \"x\" of shape [4294967296, 4294967296], expected a size that 64 bits "
        "can count");
  CHECK(one("[9223372036854775807,2,2,0]", "[0,0]", 0) ==
        "f: found tensor \"x\" of shape [9223372036854775807, 2, 2, 0], expected a size that 64 "
        "bits can count");
  CHECK(one("[9223372036854775808]", "[0,0]", 0) ==
        "f: found 9223372036854775808 as an extent of tensor \"x\", expected at most "
        "9223372036854775807");

  const auto two = [](std::string_view first, std::string_view second) {
    const std::string head = R"(:{"dtype":"F32","shape":[2],"data_offsets":)";
    return parse_error(
        file(R"({"a")" + head + std::string(first) + R"(},"b")" + head + std::string(second) + "}}",
             16));
  };
  CHECK(two("[0,8]", "[8,16]") == "no error");
  CHECK(two("[8,16]", "[0,8]") == "no error");
  CHECK(two("[0,8]", "[4,12]") ==
        "f: found tensor \"b\" at [4, 12], expected a begin at 8 (no gap, no overlap)");
  CHECK(two("[0,8]", "[0,8]") ==
        "f: found tensor \"b\" at [0, 8], expected a begin at 8 (no gap, no overlap)");
}

TEST_CASE("a tensor that claims more than the file has takes no memory") {
  CHECK(
      parse_error(file(
          R"({"x":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4611686018427387904]}})",
          4)) ==
      "f: found tensor \"x\" at [0, 4611686018427387904], expected an end of at most 4, the bytes "
      "of data");
  CHECK(parse_error(file(
            R"({"x":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4]}})", 4)) ==
        "f: found tensor \"x\" at [0, 4], expected 4611686018427387904 bytes for F32 of shape "
        "[1152921504606846976]");
}

TEST_CASE("a header longer than the limit is refused, whatever the file's size") {
  std::vector<std::byte> bytes(100'000'010);
  const std::uint64_t length = 100'000'001;
  std::memcpy(bytes.data(), &length, 8);
  CHECK(parse_error(bytes) ==
        "f: found a header length of 100000001 bytes, expected at most 100000000 (no safetensors "
        "file, or one cut short)");
}

TEST_CASE("lists as deep as a file is long are refused at once") {
  CHECK(parse_error(file(R"({"__metadata__":)" + std::string(10'000'000, '['))) ==
        "f: found a list as __metadata__, expected an object of strings");
}

TEST_CASE("a shape of very many extents is refused before it grows") {
  std::string shape = "[1";
  for (int axis = 0; axis < 40; ++axis) shape += ",1";
  CHECK(parse_error(file(R"({"x":{"shape":)" + shape + "]}}")) ==
        "f: found tensor \"x\" with more than 32 extents, expected fewer");
}

TEST_CASE("a message shows foreign text escaped and cut") {
  const std::string name = "a\\n" + std::string(100, 'b');
  CHECK(parse_error(file("{\"" + name + "\":1}")) ==
        "f: found the number 1 as tensor \"a\\n" + std::string(76, 'b') +
            "..., expected an object with dtype, shape and data_offsets");
}

TEST_CASE("content that the format cannot hold is not written") {
  CHECK(serialise_error({{}, {tensor<float>("x", {2}, {1})}}) ==
        "safetensors: tensor \"x\" has 4 bytes for F32 of shape [2]");
  CHECK(serialise_error({{}, {tensor<float>("x", {-1}, {})}}) ==
        "safetensors: tensor \"x\" has 0 bytes for F32 of shape [-1]");
  CHECK(serialise_error({{}, {tensor<float>("x", {1}, {1}), tensor<float>("x", {1}, {1})}}) ==
        "safetensors: tensor \"x\" is given twice");
  CHECK(serialise_error({{}, {tensor<float>("__metadata__", {1}, {1})}}) ==
        "safetensors: tensor \"__metadata__\": the format keeps this name");
  CHECK(serialise_error({{}, {tensor<float>("\xFF", {1}, {1})}}) ==
        "safetensors: the tensor name \"\\ufffd\" is not UTF-8");
  CHECK(serialise_error({{{"k", "\xC3"}}, {}}) ==
        "safetensors: the value of metadata \"k\", \"\\ufffd\" is not UTF-8");
}

TEST_CASE("files on disk: round trip, and errors that name the path") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  vc::write_safetensors(path, example());
  CHECK(vc::serialise(vc::read_safetensors(path)) == vc::serialise(example()));
  CHECK(folder.names() == std::vector<std::string>{"model.safetensors"});

  vc::write_file(path, "hello");
  CHECK_THROWS_WITH_AS(
      (void)vc::read_safetensors(path),
      (path.string() + ": found a file of 5 bytes, expected a safetensors file").c_str(),
      vc::InputError);
}
