// What a diagnosis says of a z that is a sequence: its parts of the rate, and by which way it is
// used.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <vaecollapse/diagnose/diagnosis.hpp>

namespace kit {

/// The member `places` of the diagnosis as a JSON object; null where z is one vector.
nlohmann::ordered_json places_part(const vaecollapse::Diagnosis& found);

/// Lines under the rate: the length, the global z and the places.
std::string rate_of_places(const vaecollapse::Diagnosis& found);
std::string kl_by_place(const vaecollapse::Diagnosis& found);

/// In place of the mutual information: the rate, which bounds it, and what of z is used.
std::string information_in_use(const vaecollapse::Diagnosis& found);

/// What is right, and what it costs, by the z that the decoder gets and by the ways it has.
std::string ablations_of_places(const vaecollapse::Diagnosis& found);

/// The dimensions of the global z that matter most; empty where there is none.
std::string global_dimensions(const vaecollapse::Diagnosis& found);

}  // namespace kit
