// The environment in which the other libraries are at their best. They read it as they are
// loaded, so the program starts itself anew where it is not so already.
#pragma once

#include <string>

namespace vaecollapse::bench {

/// Returns in an environment that is right for so many threads. Otherwise the program begins again
/// with the same arguments. \throws std::system_error if it cannot
void use_best_environment(int threads, char** arguments);

/// Tells the memory allocator to keep what is given back: libtorch allocates every result anew and
/// would spend up to a tenth of its time on the kernel's clearing of pages.
void keep_freed_memory();

/// The BLAS that libtorch calls, e.g. "OpenBLAS 0.3.21 ... SkylakeX".
std::string describe_blas();

/// A sentence on why libtorch is not at its best with this BLAS, or an empty one.
std::string complaint_about_blas(int threads);

}  // namespace vaecollapse::bench
