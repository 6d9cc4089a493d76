// expect: View
// A constant view never becomes a mutable one.
#include <vaecollapse/core/view.hpp>

vaecollapse::View<float> mutable_view(vaecollapse::View<const float> view) { return view; }
