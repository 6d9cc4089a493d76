// What the two sources of the program share.
#pragma once

float gradient_norm();
