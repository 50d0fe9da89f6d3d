#include "platform/archive/writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <new>
#include <system_error>

namespace thimble::platform {
namespace {

/// The first moment that a zip's dates can tell in every time zone.
constexpr time_t kDate = 315'619'200;  // 1980-01-02

}  // namespace

struct ArchiveWriter::State {
  struct archive* archive = nullptr;
  archive_entry* entry = nullptr;

  void check(int status) const {
    if (status >= ARCHIVE_WARN) return;
    const int error = archive_errno(archive);
    const char* text = archive_error_string(archive);
    throw std::system_error(error > 0 ? error : EIO, std::generic_category(), text == nullptr ? "an archive" : text);
  }

  void header(const std::string& name, unsigned mode, unsigned type) {
    archive_entry_clear(entry);
    archive_entry_set_pathname_utf8(entry, name.c_str());
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, static_cast<mode_t>(mode & 0777));
    archive_entry_set_mtime(entry, kDate, 0);
  }
};

ArchiveWriter::ArchiveWriter(ArchiveKind kind, const std::string& path) : state_(std::make_unique<State>()) {
  state_->archive = archive_write_new();
  state_->entry = archive_entry_new();
  if (state_->archive == nullptr || state_->entry == nullptr) throw std::bad_alloc();
  if (kind == ArchiveKind::Zip) {
    state_->check(archive_write_set_format_zip(state_->archive));
    state_->check(archive_write_set_options(state_->archive, "hdrcharset=UTF-8,compression-level=1"));
  } else {
    state_->check(kind == ArchiveKind::Gzip ? archive_write_set_format_raw(state_->archive)
                                            : archive_write_set_format_pax_restricted(state_->archive));
    state_->check(archive_write_add_filter_gzip(state_->archive));
    state_->check(archive_write_set_options(state_->archive, "gzip:compression-level=1,gzip:!timestamp"));
  }
  state_->check(archive_write_open_filename(state_->archive, path.c_str()));
}

ArchiveWriter::~ArchiveWriter() {
  archive_entry_free(state_->entry);
  archive_write_free(state_->archive);
}

void ArchiveWriter::beginFile(const std::string& name, unsigned mode, std::uint64_t size) {
  state_->header(name, mode, AE_IFREG);
  archive_entry_set_size(state_->entry, static_cast<la_int64_t>(size));
  state_->check(archive_write_header(state_->archive, state_->entry));
}

void ArchiveWriter::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const la_ssize_t written = archive_write_data(state_->archive, bytes.data(), bytes.size());
    if (written <= 0) state_->check(ARCHIVE_FATAL);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void ArchiveWriter::addFile(const std::string& name, unsigned mode, std::string_view content) {
  beginFile(name, mode, content.size());
  append(content);
}

void ArchiveWriter::addLink(const std::string& name, const std::string& target) {
  state_->header(name, 0777, AE_IFLNK);
  archive_entry_set_symlink(state_->entry, target.c_str());
  state_->check(archive_write_header(state_->archive, state_->entry));
}

void ArchiveWriter::finish() {
  state_->check(archive_write_close(state_->archive));
}

}  // namespace thimble::platform
