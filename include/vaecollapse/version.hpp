// The version of the library; CMakeLists.txt reads it from here, so it is written once.
#pragma once

#define VAECOLLAPSE_VERSION_MAJOR 0
#define VAECOLLAPSE_VERSION_MINOR 1
#define VAECOLLAPSE_VERSION_PATCH 0
#define VAECOLLAPSE_VERSION_STRING "0.1.0"
