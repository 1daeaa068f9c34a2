#include "features/geo/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "db/temporary_database.hpp"
#include "features/geo/mmdb_for_tests.hpp"
#include "net/unique_fd.hpp"

namespace gatehouse::geo {
namespace {

using ::testing::HasSubstr;
using testing::write_file;

struct File {
  std::string path;
  std::string content;
  mode_t type = AE_IFREG;
  std::string link = {};
};

class UnpackTest : public ::testing::Test {
 protected:
  std::string archive_of(const std::vector<File>& files, bool gzip = true, bool tar = true) {
    const std::string path = folder_.file("made");
    archive* made = archive_write_new();
    if (gzip) archive_write_add_filter_gzip(made);
    tar ? archive_write_set_format_pax_restricted(made) : archive_write_set_format_raw(made);
    archive_write_open_filename(made, path.c_str());
    for (const File& file : files) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, file.path.c_str());
      archive_entry_set_filetype(entry, file.type);
      archive_entry_set_perm(entry, 0644);
      if (!file.link.empty()) archive_entry_set_symlink(entry, file.link.c_str());
      archive_entry_set_size(entry, static_cast<std::int64_t>(file.content.size()));
      archive_write_header(made, entry);
      archive_write_data(made, file.content.data(), file.content.size());
      archive_entry_free(entry);
    }
    archive_write_free(made);
    return read(path);
  }

  static std::string read(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  // What comes out, or "refused: " and why.
  std::string unpacked(std::string_view bytes, std::uint64_t most = 1'000'000) {
    write_file(folder_.file("in"), bytes);
    const net::UniqueFd from{::open(folder_.file("in").c_str(), O_RDONLY | O_CLOEXEC)};
    const net::UniqueFd to{::open(folder_.file("out").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    auto done = unpack(from.get(), to.get(), most);
    return done ? read(folder_.file("out")) : "refused: " + done.error().detail;
  }

  db::TemporaryFolder folder_;
};

TEST_F(UnpackTest, takes_the_database_out_of_maxminds_archive) {
  const auto archive = archive_of({{"GeoLite2-City_20261120/", "", AE_IFDIR},
                                   {"GeoLite2-City_20261120/COPYRIGHT.txt", "copyright"},
                                   {"GeoLite2-City_20261120/GeoLite2-City.mmdb", "the database"},
                                   {"GeoLite2-City_20261120/LICENSE.txt", "licence"}});
  EXPECT_EQ(unpacked(archive), "the database");
}

TEST_F(UnpackTest, takes_a_tar_a_gzipped_file_and_a_plain_one) {
  EXPECT_EQ(unpacked(archive_of({{"x.mmdb", "content"}}, false)), "content");
  EXPECT_EQ(unpacked(archive_of({{"x", "content"}}, true, false)), "content");
  EXPECT_EQ(unpacked("\x00\x01plain content of some length"), unpacked("\x00\x01plain content of some length"));
  EXPECT_EQ(unpacked(std::string(1'000, 'p')), std::string(1'000, 'p'));
}

TEST_F(UnpackTest, writes_nowhere_but_to_the_given_file_whatever_the_paths_say) {
  const auto archive = archive_of({{"../../escaped.mmdb", "content"}});
  EXPECT_EQ(unpacked(archive), "content");
  EXPECT_EQ(unpacked(archive_of({{folder_.file("absolute.mmdb"), "content"}})), "content");
  EXPECT_FALSE(std::filesystem::exists(folder_.file("absolute.mmdb")));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("../../escaped.mmdb")));
}

TEST_F(UnpackTest, follows_no_link_that_is_named_like_a_database) {
  const auto archive = archive_of({{"a.mmdb", "", AE_IFLNK, "/etc/passwd"}, {"b.mmdb", "content"}});
  EXPECT_EQ(unpacked(archive), "content");
}

TEST_F(UnpackTest, refuses_an_archive_without_a_database) {
  EXPECT_THAT(unpacked(archive_of({{"README", "x"}})), HasSubstr("there is no .mmdb file in the archive"));
  EXPECT_THAT(unpacked(""), HasSubstr("refused: "));
}

TEST_F(UnpackTest, stops_at_the_bound_whatever_it_unpacks_to) {
  const std::string exactly(1'000'000, '\0');
  EXPECT_EQ(unpacked(archive_of({{"x.mmdb", exactly}})), exactly);
  EXPECT_THAT(unpacked(archive_of({{"x.mmdb", exactly + "1"}})),
              HasSubstr("unpacks to more than a database can be"));
  EXPECT_THAT(unpacked(archive_of({{"x", std::string(1'000'001, 'p')}}, true, false)),
              HasSubstr("unpacks to more"));
  // Also what is only skipped.
  EXPECT_THAT(unpacked(archive_of({{"padding", exactly + "1"}, {"x.mmdb", "content"}})),
              HasSubstr("unpacks to more"));
}

TEST_F(UnpackTest, stops_after_a_hundred_entries) {
  std::vector<File> files(kMostArchiveEntries - 1, File{"padding", ""});
  files.push_back({"x.mmdb", "content"});
  EXPECT_EQ(unpacked(archive_of(files)), "content");
  files.insert(files.begin(), File{"padding", ""});
  EXPECT_THAT(unpacked(archive_of(files)), HasSubstr("there is no .mmdb file"));
}

TEST_F(UnpackTest, refuses_archives_that_were_cut_or_damaged) {
  std::string content;
  for (int i = 0; i < 20'000; ++i) content += static_cast<char>(i * i % 251);
  const std::string archive = archive_of({{"x.mmdb", content}});
  for (const std::size_t size : {archive.size() / 4, archive.size() / 2, archive.size() * 3 / 4}) {
    EXPECT_THAT(unpacked(archive.substr(0, size)), HasSubstr("refused: ")) << size;
  }
  std::string damaged = archive;
  damaged[archive.size() / 2] = static_cast<char>(~damaged[archive.size() / 2]);
  EXPECT_NE(unpacked(damaged), content);
}

}  // namespace
}  // namespace gatehouse::geo
