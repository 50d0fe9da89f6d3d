#include "services/codecommit/zip.h"

#include <archive.h>
#include <archive_entry.h>

#include <stdexcept>

namespace thimble::services::codecommit {
namespace {

constexpr int kDeepest = 512;

class Writer {
 public:
  Writer(const git::Repository& repository, std::int64_t seconds, store::BlobStore::Staging& out)
      : repository_(repository), seconds_(seconds), archive_(archive_write_new()), entry_(archive_entry_new()) {
    archive_write_set_format_zip(archive_.get());
    // What is near costs more to make smaller than to read.
    archive_write_set_options(archive_.get(), "zip:compression-level=1");
    archive_write_set_bytes_per_block(archive_.get(), 1 << 16);
    archive_write_set_bytes_in_last_block(archive_.get(), 1);
    check(archive_write_open(archive_.get(), &out, nullptr, append, nullptr));
  }

  void tree(const git_tree* tree, const std::string& prefix, int depth) {
    if (depth > kDeepest) throw std::runtime_error("the tree is too deep");
    for (std::size_t i = 0; i < git_tree_entrycount(tree); ++i) {
      const git_tree_entry* entry = git_tree_entry_byindex(tree, i);
      const std::string path = prefix + git_tree_entry_name(entry);
      if (git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
        git_tree* inner = nullptr;
        git::check(git_tree_lookup(&inner, repository_.get(), git_tree_entry_id(entry)), "cannot read a tree");
        const git::TreeHandle owned(inner);
        this->tree(inner, path + "/", depth + 1);
      } else if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB) {
        file(*git_tree_entry_id(entry), path, git_tree_entry_filemode(entry));
      }  // A submodule is a name of another repository's commit: it has no files here.
    }
  }

  void close() { check(archive_write_close(archive_.get())); }

 private:
  static la_ssize_t append(struct archive*, void* out, const void* bytes, std::size_t count) {
    static_cast<store::BlobStore::Staging*>(out)->append({static_cast<const char*>(bytes), count});
    return static_cast<la_ssize_t>(count);
  }

  void check(int code) {
    if (code < ARCHIVE_WARN)
      throw std::runtime_error(std::string("cannot write a zip: ") + archive_error_string(archive_.get()));
  }

  void file(const git_oid& id, const std::string& path, git_filemode_t mode) {
    const git::BlobHandle blob = repository_.blob(id);
    if (!blob) throw std::runtime_error("the repository lacks the file " + path);
    const std::string_view content = git::contentOf(blob.get());
    archive_entry* entry = archive_entry_clear(entry_.get());
    archive_entry_set_pathname(entry, path.c_str());
    archive_entry_set_mtime(entry, seconds_, 0);
    if (mode == GIT_FILEMODE_LINK) {
      archive_entry_set_filetype(entry, AE_IFLNK);
      archive_entry_set_perm(entry, 0777);
      archive_entry_set_symlink(entry, std::string(content).c_str());
      check(archive_write_header(archive_.get(), entry));
      return;
    }
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, mode == GIT_FILEMODE_BLOB_EXECUTABLE ? 0755 : 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    check(archive_write_header(archive_.get(), entry));
    if (!content.empty() && archive_write_data(archive_.get(), content.data(), content.size()) < 0)
      check(ARCHIVE_FATAL);
  }

  struct Free {
    void operator()(archive* each) const { archive_write_free(each); }
    void operator()(archive_entry* each) const { archive_entry_free(each); }
  };

  const git::Repository& repository_;
  const std::int64_t seconds_;
  std::unique_ptr<archive, Free> archive_;
  std::unique_ptr<archive_entry, Free> entry_;
};

}  // namespace

void writeZip(const git::Repository& repository, git_tree* tree, std::int64_t seconds, store::BlobStore::Staging& out) {
  Writer writer(repository, seconds, out);
  writer.tree(tree, "", 0);
  writer.close();
}

}  // namespace thimble::services::codecommit
