#include "features/geo/place_database.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <thread>

#include "db/temporary_database.hpp"
#include "features/geo/mmdb_for_tests.hpp"
#include "features/geo/places.hpp"

namespace gatehouse::geo {
namespace {

using ::testing::AllOf;
using testing::city_record;
using ::testing::HasSubstr;
using testing::map;
using testing::mmdb;
using testing::text;
using testing::write_file;

const std::string kSample = mmdb({{"1.2.3.0/24", city_record("DE", "Berlin")},
                                  {"2a00::/16", city_record("FR", "Lyon")},
                                  {"9.9.9.9", map({{"country_code", text("CH")}, {"city", text("Zürich")}})},
                                  {"8.8.8.0/24", map({{"country", text("US")}})}});

std::string place_text(const Place& place) {
  return place.country + "/" + place.city;
}

class PlaceDatabaseTest : public ::testing::Test {
 protected:
  Result<std::shared_ptr<const PlaceDatabase>> open(std::string_view bytes) {
    write_file(path_, bytes);
    return PlaceDatabase::open(path_);
  }
  std::string why(std::string_view bytes) {
    auto opened = open(bytes);
    return opened ? "opened" : opened.error().detail;
  }

  db::TemporaryFolder folder_;
  std::string path_ = folder_.file("places.mmdb");
};

TEST_F(PlaceDatabaseTest, knows_the_layouts_that_databases_have) {
  const auto database = open(kSample);
  ASSERT_TRUE(database) << database.error().detail;
  EXPECT_EQ(place_text((*database)->find("1.2.3.4")), "DE/Berlin");
  EXPECT_EQ(place_text((*database)->find("2a00:1::1")), "FR/Lyon");
  EXPECT_EQ(place_text((*database)->find("9.9.9.9")), "CH/Zürich");
  EXPECT_EQ(place_text((*database)->find("8.8.8.8")), "US/");
  EXPECT_EQ((*database)->type(), "Test-City");
}

TEST_F(PlaceDatabaseTest, knows_nothing_of_other_addresses_and_of_what_is_none) {
  const auto database = open(kSample).value();
  for (const char* address :
       {"1.2.4.1", "::1", "127.0.0.1", "", "example.com", "1.2.3.4:80", "1.2.3", "1.2.3.4\n"}) {
    EXPECT_EQ(place_text(database->find(address)), "/") << address;
  }
}

TEST_F(PlaceDatabaseTest, gives_no_text_that_could_not_be_stored_or_shown) {
  const auto database = open(mmdb({{"1.0.0.0/8", city_record("DE", std::string_view{"a\0b", 3})},
                                   {"2.0.0.0/8", city_record("DE", "\xFF")},
                                   {"3.0.0.0/8", city_record("DE", "a\nb")},
                                   {"4.0.0.0/8", city_record("DE", std::string(129, 'x'))},
                                   {"5.0.0.0/8", city_record("DE", std::string(128, 'x'))},
                                   {"6.0.0.0/8", city_record("de", "x")},
                                   {"192.168.0.0/16", city_record("AU", "x")},
                                   {"7.0.0.0/8", city_record("DEU", "x")},
                                   {"8.0.0.0/8", map({{"country", testing::number(7)}})}}))
                            .value();
  for (const char* address : {"1.1.1.1", "2.1.1.1", "3.1.1.1", "4.1.1.1"}) {
    EXPECT_EQ(place_text(database->find(address)), "DE/") << address;
  }
  EXPECT_EQ(database->find("5.1.1.1").city.size(), 128U);
  for (const char* address : {"6.1.1.1", "7.1.1.1", "8.1.1.1", "192.168.1.1"}) {
    EXPECT_EQ(place_text(database->find(address)), "/") << address;
  }
}

TEST_F(PlaceDatabaseTest, refuses_what_is_no_database_of_places_and_names_the_file) {
  EXPECT_THAT(why(""), HasSubstr(path_));
  EXPECT_THAT(why("not a database"), AllOf(HasSubstr(path_), HasSubstr("MaxMind")));
  EXPECT_THAT(why(mmdb({{"1.0.0.0/8", map({{"autonomous_system_number", testing::number(1)}})}}, "Test-ASN")),
              HasSubstr("of type \"Test-ASN\", which tells no countries"));
  EXPECT_THAT(PlaceDatabase::open(folder_.file("none")).error().detail, HasSubstr("No such file"));
  EXPECT_THAT(PlaceDatabase::open(folder_.file("")).error().detail, HasSubstr("not a file"));
}

TEST_F(PlaceDatabaseTest, refuses_a_file_that_was_cut_anywhere) {
  for (std::size_t size = 0; size < kSample.size(); size += 7) {
    EXPECT_NE(why(kSample.substr(0, size)), "opened") << size;
  }
}

TEST_F(PlaceDatabaseTest, refuses_a_tree_that_leads_out_of_the_file) {
  std::string damaged = kSample;
  damaged.replace(8 * 20, 4, "\x7f\xff\xff\xff");
  EXPECT_THAT(why(damaged), HasSubstr("damaged: its tree leads nowhere"));
}

TEST_F(PlaceDatabaseTest, survives_every_damaged_byte) {
#ifdef GATEHOUSE_SANITIZED
  // libmaxminddb 1.7.1 leaks some kilobytes when the metadata's description is damaged, once for each such
  // file.
  const std::size_t end = kSample.find("MaxMind.com");
#else
  const std::size_t end = kSample.size();
#endif
  for (std::size_t at = 0; at < end; ++at) {
    std::string damaged = kSample;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    const auto opened = open(damaged);
    if (!opened) continue;
    for (const char* address : {"1.2.3.4", "2a00::1", "9.9.9.9", "8.8.8.8", "4.4.4.4"}) {
      const Place place = (*opened)->find(address);
      EXPECT_LE(place.city.size(), 128U);
    }
  }
}

TEST_F(PlaceDatabaseTest, stays_usable_when_its_file_is_cut_or_removed) {
  const auto database = open(kSample).value();
  ASSERT_EQ(::truncate(path_.c_str(), 0), 0);
  EXPECT_EQ(place_text(database->find("1.2.3.4")), "DE/Berlin");
  std::filesystem::remove(path_);
  EXPECT_EQ(place_text(database->find("9.9.9.9")), "CH/Zürich");
}

TEST_F(PlaceDatabaseTest, places_are_swapped_while_others_look_them_up) {
  const auto first = open(kSample).value();
  const auto second = open(mmdb({{"1.2.3.0/24", city_record("AT", "Wien")}})).value();
  Places places;
  EXPECT_EQ(place_text(places.find("1.2.3.4")), "/");
  places.use(first);
  std::atomic<bool> is_over = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!is_over.load()) {
        const std::string place = place_text(places.find("1.2.3.4"));
        if (place != "DE/Berlin" && place != "AT/Wien") ++wrong;
      }
    });
  }
  for (int i = 0; i < 2'000; ++i) places.use(i % 2 == 0 ? second : first);
  is_over.store(true);
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace gatehouse::geo
