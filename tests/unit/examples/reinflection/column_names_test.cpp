// Which lines name columns, and which are rows all the same.
#include "column_names.hpp"

#include <doctest/doctest.h>

using reinflection::names_columns;

TEST_CASE("column names: of every usual kind, in any case and number") {
  for (const char* line :
       {"lemma\tform\ttags", "lemma\ttags\tform", "source\ttarget", "Lemma\tMSD\tForm",
        "LEMMA\tINFLECTED_FORM\tFEATURES", "# word\tpronunciation", "grapheme\tphonemes",
        "source tags\tsource\ttarget tags\ttarget", "id\tsource\ttarget\ttags", "lemma", "Word"}) {
    CAPTURE(line);
    CHECK(names_columns(line));
  }
}

TEST_CASE("column names: rows in which such words stand are none") {
  for (const char* line :
       {"form\tforms\tN;PL", "word\twords", "word\tword", "tag\tetiket", "lemma\tpos=N\tlemmas",
        "source\tsourcing", "lemma,form,tags", "analysis\tanalyses", "", "lemma\t\tform"}) {
    CAPTURE(line);
    CHECK_FALSE(names_columns(line));
  }
}
