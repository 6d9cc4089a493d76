// Types of tensors: which are read, widened and skipped.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/safetensors.hpp>

#include "safetensors_support.hpp"

namespace vc = vaecollapse;
using namespace safetensors_test;

TEST_CASE("types that are not read are skipped, those that are not known too") {
  for (const char* type : {"BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0", "X1"}) {
    const auto read = vc::parse_safetensors(
        "f", file(R"({"n":{"dtype":")" + std::string(type) +
                      R"(","shape":[2,2],"data_offsets":[0,4]},)" +
                      R"("x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                  8));
    CAPTURE(type);
    REQUIRE(read.tensors.size() == 1);
    CHECK(read.tensors[0].name == "x");
    CHECK(read.find("n") == nullptr);
    REQUIRE(read.find_skipped("n") != nullptr);
    CHECK(read.find_skipped("n")->dtype == type);
    CHECK(read.find_skipped("n")->shape == vc::FileShape{2, 2});
    CHECK(read.find_skipped("x") == nullptr);
    const auto again = vc::parse_safetensors("f", vc::serialise(read));
    CHECK(again.skipped.empty());
    CHECK(again.tensors == read.tensors);
  }
}

TEST_CASE("the place of a tensor that is skipped is checked as far as its type is known") {
  const auto one = [](std::string_view type, std::string_view shape, std::string_view offsets,
                      std::size_t data) {
    return parse_error(file(R"({"x":{"dtype":")" + std::string(type) + R"(","shape":)" +
                                std::string(shape) + R"(,"data_offsets":)" + std::string(offsets) +
                                "}}",
                            data));
  };
  for (const char* type : {"U16", "I16"}) CHECK(one(type, "[3]", "[0,6]", 6) == "no error");
  for (const char* type : {"U32", "I32"}) CHECK(one(type, "[3]", "[0,12]", 12) == "no error");
  CHECK(one("C64", "[3]", "[0,24]", 24) == "no error");
  CHECK(one("F4", "[3,2]", "[0,3]", 3) == "no error");
  CHECK(one("F6_E2M3", "[4]", "[0,3]", 3) == "no error");
  CHECK(one("F4", "[3]", "[0,2]", 2) ==
        "f: found tensor \"x\" of shape [3], expected values that fill whole bytes");
  CHECK(one("I32", "[3]", "[0,6]", 6) ==
        "f: found tensor \"x\" at [0, 6], expected 12 bytes for \"I32\" of shape [3]");
  CHECK(one("F99", "[3]", "[0,7]", 7) == "no error");
  CHECK(one("F99", "[3,0]", "[0,7]", 7) ==
        "f: found tensor \"x\" at [0, 7], expected 0 bytes for \"F99\" of shape [3, 0]");
  CHECK(one("F99", "[3]", "[0,8]", 7) ==
        "f: found tensor \"x\" at [0, 8], expected an end of at most 7, the bytes of data");
  CHECK(one("F99", "[3]", "[1,7]", 7) ==
        "f: found tensor \"x\" at [1, 7], expected a begin at 0 (no gap, no overlap)");
  CHECK(one("F99", "[3]", "[7,0]", 7) ==
        "f: found tensor \"x\" at [7, 0], expected a begin that is not after the end");
  CHECK(one("F99", "[4294967296,4294967296]", "[0,7]", 7) ==
        "f: found tensor \"x\" of shape [4294967296, 4294967296], expected a size that 64 bits "
        "can count");
  CHECK(one("", "[3]", "[0,7]", 7) ==
        "f: found tensor \"x\" with an empty dtype, expected its name");
}

TEST_CASE("values of 16 bits are read and written, and widened where they are copied") {
  const auto bytes = file(R"({"b":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},)"
                          R"("h":{"dtype":"F16","shape":[1,2],"data_offsets":[4,8]}})",
                          8);
  const auto read = vc::parse_safetensors("f", bytes);
  CHECK(vc::parse_safetensors("f", vc::serialise(read)).tensors == read.tensors);
  const auto all_equal = [&](const char* name, auto value) {
    std::vector<decltype(value)> values(2);
    vc::copy_values<decltype(value)>(*read.find(name), values);
    CHECK(values == std::vector<decltype(value)>(2, value));
  };
  all_equal("b", 0x1.02p-125f);  // the bytes are all 1
  all_equal("b", 0x1.02p-125);
  all_equal("h", 0x1.01p-16f);  // 257 of 2^-24
  all_equal("h", 0x1.01p-16);
  std::vector<float> few(1);
  CHECK_THROWS_WITH_AS(vc::copy_values<float>(*read.find("h"), few),
                       "tensor \"h\" is F16 of shape [1, 2], expected 1 values of F32", vc::Error);
  std::vector<std::int64_t> whole(2);
  CHECK_THROWS_AS(vc::copy_values<std::int64_t>(*read.find("h"), whole), vc::Error);
}

TEST_CASE("values are copied only where dtype and count fit") {
  const vc::Tensor y = tensor<double>("y", {2}, {1, 2});
  std::vector<float> narrow(2);
  CHECK_THROWS_WITH_AS(vc::copy_values<float>(y, narrow),
                       "tensor \"y\" is F64 of shape [2], expected 2 values of F32", vc::Error);
  const vc::Tensor x = tensor<float>("x", {2}, {1, 0x1p-149f});
  std::vector<double> wide(2);
  vc::copy_values<double>(x, wide);
  CHECK(wide == std::vector<double>{1, 0x1p-149});
  std::vector<float> few(1);
  CHECK_THROWS_WITH_AS(vc::copy_values<float>(x, few),
                       "tensor \"x\" is F32 of shape [2], expected 1 values of F32", vc::Error);
}
