// A stretch of the flat buffers of a model's parameters.
#pragma once

#include <vector>

#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Numbers offset .. offset + size.
struct Segment {
  Index offset;
  Index size;

  friend bool operator==(const Segment&, const Segment&) = default;
};

namespace detail {

/// Appends a segment, or makes the last one longer where it ends there.
inline void append_segment(std::vector<Segment>& segments, const Segment& next) {
  if (!segments.empty() && segments.back().offset + segments.back().size == next.offset) {
    segments.back().size += next.size;
  } else {
    segments.push_back(next);
  }
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
