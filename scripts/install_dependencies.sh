#!/usr/bin/env bash
# Installs the Debian packages that are missing, and only those.
#   scripts/install_dependencies.sh [--all|--docs|--peers]
# --all: also Clang and its tools, Valgrind, and Chromium, in which a test opens the trainer's report
# --docs: also Doxygen
# --peers: also libtorch and oneDNN (with the OpenCL that its package asks for), which bench_peers
#   measures against, and the OpenBLAS with which libtorch is fastest
set -euo pipefail

packages=(g++ cmake ninja-build libeigen3-dev libxsimd-dev doctest-dev libbenchmark-dev
  libcli11-dev nlohmann-json3-dev libutf8proc-dev python3)
case ${1:-} in
  '') ;;
  --all) packages+=(clang clang-format clang-tidy libclang-rt-14-dev valgrind
    chromium chromium-driver) ;;
  --docs) packages+=(doxygen) ;;
  --peers) packages+=(libtorch-dev libdnnl-dev ocl-icd-opencl-dev libopenblas0-openmp) ;;
  *) echo "usage: install_dependencies.sh [--all|--docs|--peers]" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  cat >&2 <<TEXT
install_dependencies.sh: there is no apt here, so nothing can be installed for you.
Install what these Debian packages hold by the means of your system:
  ${packages[*]}
then run the script that called this one again with VAECOLLAPSE_NO_INSTALL=1. With a network, CMake
can download the libraries itself: cmake --preset release -DVAECOLLAPSE_FETCH_DEPS=ON
TEXT
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [[ $status == 'install ok installed' ]] || missing+=("$package")
done
((${#missing[@]} > 0)) || exit 0

as_root=()
if (($(id -u) != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "install_dependencies.sh: not root, and no sudo; as root, run:" >&2
    echo "  apt-get update && apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -q --no-install-recommends "${missing[@]}"
