"""Conan 2 recipe. Not run by this project's tests: Debian has no Conan.

    conan create packaging/conan
"""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir


class VaecollapseConan(ConanFile):
    name = "vaecollapse"
    description = "Variational autoencoders for sequences that use their latent variable"
    license = "MIT"
    topics = ("vae", "gru", "autodiff", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"with_io": [True, False]}
    default_options = {"with_io": True}
    no_copy_source = True

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, os.pardir, os.pardir)

    def set_version(self):
        header = load(self, os.path.join(self._root, "include/vaecollapse/version.hpp"))
        self.version = re.search(r'VERSION_STRING "([0-9.]+)"', header).group(1)

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "packaging/*.in"):
            copy(self, pattern, src=self._root, dst=self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("eigen/3.4.0", transitive_headers=True)
        self.requires("xsimd/8.1.0", transitive_headers=True)
        if self.options.with_io:
            self.requires("nlohmann_json/3.11.2", transitive_headers=True)

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES", "BENCH"):
            toolchain.cache_variables[f"VAECOLLAPSE_BUILD_{part}"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        # Conan's own files say where the dependencies are.
        rmdir(self, os.path.join(self.package_folder, "share"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "vaecollapse")
        core = self.cpp_info.components["core"]
        core.set_property("cmake_target_name", "vaecollapse::vaecollapse")
        core.bindirs = core.libdirs = []
        core.requires = ["eigen::eigen", "xsimd::xsimd"]
        if self.settings.os in ("Linux", "FreeBSD"):
            core.system_libs = ["pthread"]
        if self.options.with_io:
            io = self.cpp_info.components["io"]
            io.set_property("cmake_target_name", "vaecollapse::io")
            io.bindirs = io.libdirs = []
            io.requires = ["core", "nlohmann_json::nlohmann_json"]
