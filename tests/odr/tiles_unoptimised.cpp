#include "tiles.cpp"
