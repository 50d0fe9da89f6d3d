#include "services/codecommit/git/hunks.h"

#include <algorithm>
#include <string_view>

namespace thimble::services::codecommit::git {
namespace {

/// A change of one side: lines [begin, end) of the base became lines [new_begin, new_end).
struct Change {
  std::size_t begin, end, new_begin, new_end;
};

BlobHandle blobOf(const Repository& repository, const MergeSide& side) {
  git_oid id;
  if (!side.there() || !parseId(side.id, id)) return nullptr;
  return repository.blob(id);
}

std::vector<Change> changesBetween(const git_blob* base, const git_blob* side) {
  std::vector<Change> changes;
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.context_lines = 0;
  options.interhunk_lines = 0;
  const auto hunk = [](const git_diff_delta*, const git_diff_hunk* given, void* payload) {
    // git counts from 1, and names for no lines the one before.
    const auto begin = static_cast<std::size_t>(given->old_lines == 0 ? given->old_start : given->old_start - 1);
    const auto new_begin = static_cast<std::size_t>(given->new_lines == 0 ? given->new_start : given->new_start - 1);
    static_cast<std::vector<Change>*>(payload)->push_back({begin, begin + static_cast<std::size_t>(given->old_lines),
                                                           new_begin,
                                                           new_begin + static_cast<std::size_t>(given->new_lines)});
    return 0;
  };
  check(git_diff_blobs(base, nullptr, side, nullptr, &options, nullptr, nullptr, hunk, nullptr, &changes),
        "cannot compare files");
  return changes;
}

std::vector<std::string_view> linesOf(const git_blob* blob) {
  std::vector<std::string_view> lines;
  if (blob == nullptr) return lines;
  std::string_view text(static_cast<const char*>(git_blob_rawcontent(blob)),
                        static_cast<std::size_t>(git_blob_rawsize(blob)));
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

HunkSide cut(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end) {
  HunkSide side{begin, std::max(begin, end), {}};
  for (std::size_t i = begin; i < end && i < lines.size(); ++i) side.content += lines[i];
  return side;
}

/// Takes the changes of one side that belong to lines [begin, end) of the base, growing them to hold each whole.
/// Returns how many were taken.
std::size_t take(const std::vector<Change>& changes, std::size_t from, std::size_t begin, std::size_t& end) {
  std::size_t taken = 0;
  while (from + taken < changes.size() && changes[from + taken].begin <= end && changes[from + taken].end >= begin) {
    end = std::max(end, changes[from + taken].end);
    ++taken;
  }
  return taken;
}

/// Where lines [begin, end) of the base are in the side. `first` and `count`: the changes within; `before`: the last
/// change in front of it, or nullptr.
HunkSide place(const std::vector<std::string_view>& lines, const std::vector<Change>& changes, std::size_t first,
               std::size_t count, std::size_t begin, std::size_t end) {
  const Change before = first == 0 ? Change{0, 0, 0, 0} : changes[first - 1];
  const std::size_t from = before.new_end + (begin - before.end);
  if (count == 0) return cut(lines, from, from + (end - begin));
  const Change& last = changes[first + count - 1];
  return cut(lines, from, last.new_end + (end - last.end));
}

}  // namespace

std::vector<Hunk> findHunks(const Repository& repository, const MergeConflict& conflict) {
  const BlobHandle base = blobOf(repository, conflict.base);
  const BlobHandle source = blobOf(repository, conflict.source);
  const BlobHandle destination = blobOf(repository, conflict.destination);
  for (const git_blob* blob : {base.get(), source.get(), destination.get()}) {
    if (blob != nullptr && git_blob_is_binary(blob) != 0) return {};
  }
  if (!source || !destination) return {};
  const auto base_lines = linesOf(base.get());
  const auto source_lines = linesOf(source.get());
  const auto destination_lines = linesOf(destination.get());
  const std::vector<Change> ours = changesBetween(base.get(), source.get());
  const std::vector<Change> theirs = changesBetween(base.get(), destination.get());
  std::vector<Hunk> hunks;
  for (std::size_t a = 0, b = 0; a < ours.size() || b < theirs.size();) {
    std::size_t begin = std::min(a < ours.size() ? ours[a].begin : base_lines.size() + 1,
                                 b < theirs.size() ? theirs[b].begin : base_lines.size() + 1);
    std::size_t end = begin;
    std::size_t in_ours = 0, in_theirs = 0;
    for (bool more = true; more;) {
      const std::size_t ours_now = take(ours, a, begin, end);
      const std::size_t theirs_now = take(theirs, b, begin, end);
      more = ours_now != in_ours || theirs_now != in_theirs;
      in_ours = ours_now;
      in_theirs = theirs_now;
    }
    Hunk hunk;
    hunk.base = cut(base_lines, begin, end);
    hunk.source = place(source_lines, ours, a, in_ours, begin, end);
    hunk.destination = place(destination_lines, theirs, b, in_theirs, begin, end);
    hunk.conflict = in_ours > 0 && in_theirs > 0 && hunk.source.content != hunk.destination.content;
    hunks.push_back(std::move(hunk));
    a += in_ours;
    b += in_theirs;
  }
  return hunks;
}

}  // namespace thimble::services::codecommit::git
