#include "services/codepipeline/artifact_operations.h"

#include <map>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/zip.h"
#include "dispatch/doorway.h"
#include "services/codepipeline/artifact_zip.h"
#include "services/codepipeline/content_type.h"
#include "store/blob_store.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;
using ContextPointer = std::shared_ptr<dispatch::AsyncContext>;

constexpr std::uint64_t kLargestText = 1'000'000;    ///< Of a template, as CloudFormation takes it by its address.
constexpr std::uint64_t kLargestBody = 51'200;       ///< Of a template within a request.
constexpr std::uint64_t kLargestInMemory = 1 << 20;  ///< Of a file on its way from an artifact to an object.

base::ApiError failure(std::string message) {
  return {"ArtifactError", std::move(message), 400};
}

void call(const ContextPointer& context, std::string service, std::string operation, Json input,
          platform::ByteSourcePointer body, dispatch::CallDone done) {
  dispatch::Call call;
  call.identity = context->call().identity;
  call.account = context->account();
  call.region = context->region();
  call.source_arn = context->call().source_arn;
  call.service = std::move(service);
  call.operation = std::move(operation);
  call.input = std::move(input);
  call.body = std::move(body);
  // The outcome may come on the committing thread; archives do not belong there.
  context->doorway().call(std::move(call), [context, done = std::move(done)](dispatch::CallOutcome outcome) {
    context->environment().executor.post(
        [done, outcome = std::make_shared<dispatch::CallOutcome>(std::move(outcome))]() { done(std::move(*outcome)); });
  });
}

void put(const ContextPointer& context, const std::string& bucket, const std::string& key,
         platform::ByteSourcePointer body, dispatch::CallDone done, Json more = Json::object()) {
  more.set("Bucket", bucket);
  more.set("Key", key);
  call(context, "s3", "PutObject", std::move(more), std::move(body), std::move(done));
}

dispatch::Answer answerOf(Json output) {
  dispatch::Answer answer;
  answer.output = std::move(output);
  return answer;
}

/// Reads an artifact's zip and gives it, or the error, to `use`.
void openArtifact(const ContextPointer& context, const Json& place, dispatch::CallDone done,
                  std::function<void(platform::ByteSourcePointer)> use) {
  const std::string artifact = place.stringAt("Artifact");
  call(context, "s3", "GetObject", Json::object({{"Bucket", place["Bucket"]}, {"Key", place["Key"]}}), nullptr,
       [artifact, done = std::move(done), use = std::move(use)](dispatch::CallOutcome outcome) {
         if (!outcome.ok()) {
           base::ApiError error = outcome.error();
           error.message = "The artifact " + artifact + " cannot be read: " + error.message;
           done(std::move(error));
         } else {
           use(outcome->body != nullptr ? outcome->body : std::make_shared<platform::MemoryBytes>(""));
         }
       });
}

// --- ReadArtifactFiles
// -------------------------------------------------------------------------------------------------

class FileReading : public std::enable_shared_from_this<FileReading> {
 public:
  FileReading(ContextPointer context, dispatch::CallDone done) : context_(std::move(context)), done_(std::move(done)) {
    // One pass over each artifact.
    for (const Json& file : context_->call().input["Files"].asArray()) {
      wanted_[file.stringAt("Bucket") + "/" + file.stringAt("Key")].push_back(file);
    }
  }

  void next() {
    if (wanted_.empty()) return storeLarge();
    const std::vector<Json> files = std::move(wanted_.begin()->second);
    wanted_.erase(wanted_.begin());
    openArtifact(context_, files.front(), done_, [self = shared_from_this(), files](platform::ByteSourcePointer bytes) {
      if (auto problem = self->read(files, std::move(bytes)); !problem.empty()) {
        self->done_(failure(std::move(problem)));
      } else {
        self->next();
      }
    });
  }

 private:
  static std::string nameOf(const Json& file) { return file.stringAt("Artifact") + "::" + file.stringAt("Path"); }

  /// What is wrong; empty: nothing.
  std::string read(const std::vector<Json>& files, platform::ByteSourcePointer bytes) {
    const std::string artifact = files.front().stringAt("Artifact");
    ZipReader reader(std::move(bytes));
    for (;;) {
      const auto file = reader.next();
      if (!file.ok()) return "The artifact " + artifact + " cannot be read: " + file.error().message;
      if (!*file) break;
      for (const Json& wanted : files) {
        if (plainName(wanted.stringAt("Path")) != (*file)->name) continue;
        if ((*file)->is_link) {
          return "The file " + (*file)->name + " in the artifact " + artifact + " is a symbolic link.";
        }
        auto content = reader.read(kLargestText);
        if (!content.ok()) return "The artifact " + artifact + " cannot be read: " + content.error().message;
        if (!base::isUtf8(*content))
          return "The file " + (*file)->name + " in the artifact " + artifact + " is no text.";
        found_.set(nameOf(wanted), *std::move(content));
        break;
      }
    }
    for (const Json& wanted : files) {
      if (!found_.contains(nameOf(wanted))) {
        return "File [" + wanted.stringAt("Path") + "] does not exist in artifact [" + artifact + "]";
      }
    }
    return "";
  }

  void storeLarge() {
    const Json& large = context_->call().input["Large"];
    const std::string name = large.stringAt("File");
    const std::string text = found_.stringAt(name);
    Json output = Json::object({{"Files", found_}});
    if (text.size() <= kLargestBody) return done_(answerOf(std::move(output)));
    output.set("LargeUrl", "https://s3." + context_->region() + ".amazonaws.com/" + large.stringAt("Bucket") + "/" +
                               base::encodePercent(large.stringAt("Key"), true));
    found_.erase(name);
    output.set("Files", found_);
    put(context_, large.stringAt("Bucket"), large.stringAt("Key"), std::make_shared<platform::MemoryBytes>(text),
        [done = done_, output = std::move(output)](dispatch::CallOutcome outcome) {
          done(outcome.ok() ? dispatch::CallOutcome(answerOf(output)) : std::move(outcome));
        });
  }

  ContextPointer context_;
  dispatch::CallDone done_;
  std::map<std::string, std::vector<Json>> wanted_;
  Json found_ = Json::object();
};

// --- ExtractArtifact
// ---------------------------------------------------------------------------------------------------

class Extraction : public std::enable_shared_from_this<Extraction> {
 public:
  Extraction(ContextPointer context, dispatch::CallDone done, platform::ByteSourcePointer bytes)
      : context_(std::move(context)), done_(std::move(done)), reader_(std::move(bytes)) {
    folder_ = context_->call().input.stringAt("Folder");
    if (!folder_.empty() && folder_.back() != '/') folder_ += '/';
  }

  void next() {
    const auto file = reader_.next();
    if (!file.ok()) return fail(file.error().message);
    if (!*file) return done_(answerOf(Json::object({{"Files", count_}})));
    if ((*file)->is_link) return fail((*file)->name + " in it is a symbolic link.");
    auto body = [&]() -> base::Result<platform::ByteSourcePointer, ZipProblem> {
      try {
        return content();
      } catch (const std::system_error& error) {  // A full disk is this action's failure, not the server's.
        return ZipProblem{error.what()};
      }
    }();
    if (!body.ok()) return fail(body.error().message);
    Json more = context_->call().input["Object"];
    if (const std::string type = contentTypeOf((*file)->name); !type.empty()) more.set("ContentType", type);
    const std::string bucket = more.stringAt("Bucket");
    put(
        context_, bucket, folder_ + (*file)->name, *std::move(body),
        [self = shared_from_this()](dispatch::CallOutcome outcome) {
          if (!outcome.ok()) return self->done_(std::move(outcome));
          ++self->count_;
          self->next();
        },
        std::move(more));
  }

 private:
  void fail(const std::string& problem) {
    done_(failure("The artifact " + context_->call().input.stringAt("Artifact") + " cannot be extracted: " + problem));
  }

  base::Result<platform::ByteSourcePointer, ZipProblem> content() {
    const auto size = reader_.declaredSize();
    if (size && *size <= kLargestInMemory) {
      TRY_ASSIGN(std::string text, reader_.read(*size));
      return platform::ByteSourcePointer(std::make_shared<platform::MemoryBytes>(std::move(text)));
    }
    const std::string path = context_->environment().blobs.stagingFolder() + "/" + context_->random().uuid();
    auto copied = reader_.copyTo(path);
    auto bytes = std::make_shared<platform::FileBytes>(path, true);
    if (!copied.ok()) return std::move(copied).error();
    return platform::ByteSourcePointer(std::move(bytes));
  }

  ContextPointer context_;
  dispatch::CallDone done_;
  ZipReader reader_;
  std::string folder_;
  std::int64_t count_ = 0;
};

// --- Registration
// ------------------------------------------------------------------------------------------------------

void readArtifactFiles(ContextPointer context, dispatch::CallDone done) {
  std::make_shared<FileReading>(std::move(context), std::move(done))->next();
}

void storeArtifactFile(ContextPointer context, dispatch::CallDone done) {
  const Json& input = context->call().input;
  const auto path = plainName(input.stringAt("Path"));
  if (!path) return done(failure("The file name " + input.stringAt("Path") + " leads out of the artifact."));
  auto body = std::make_shared<platform::MemoryBytes>(base::zipOf(*path, input.stringAt("Content")));
  put(context, input.stringAt("Bucket"), input.stringAt("Key"), std::move(body), std::move(done));
}

void extractArtifact(ContextPointer context, dispatch::CallDone done) {
  openArtifact(context, context->call().input, done, [context, done](platform::ByteSourcePointer bytes) {
    std::make_shared<Extraction>(context, done, std::move(bytes))->next();
  });
}

}  // namespace

void registerArtifactOperations(dispatch::Registry& registry) {
  constexpr const char* kService = "thimble.codepipeline";
  registry.addInternal(kService, "ReadArtifactFiles", readArtifactFiles);
  registry.addInternal(kService, "StoreArtifactFile", storeArtifactFile);
  registry.addInternal(kService, "ExtractArtifact", extractArtifact);
}

}  // namespace thimble::services::codepipeline
