// Where an address is, as far as a database of places knows.
#pragma once

#include <string>

namespace gatehouse::geo {

struct Place {
  std::string country;  // ISO 3166-1 alpha-2; "" unknown
  std::string city;     // its English name; "" unknown
};

}  // namespace gatehouse::geo
