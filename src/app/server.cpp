#include "app/server.h"

#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "app/call_sink.h"
#include "app/caller.h"
#include "app/data_folder.h"
#include "app/idle_memory.h"
#include "app/metrics.h"
#include "app/own_pages.h"
#include "app/services.h"
#include "dispatch/doorway.h"
#include "dispatch/kernel.h"
#include "platform/executor.h"
#include "services/sns/signing.h"
#include "store/blob_collector.h"
#include "wire/front_door/front_door.h"
#include "wire/http/server.h"

namespace thimble::app {
namespace {

// After this the start and the requests that come with it are over.
constexpr std::int64_t kStartedMilliseconds = 2'000;

/// A folder that goes when the server does, for --memory.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "thimble-memory-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), "cannot create a temporary folder");
    }
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::pair<std::string, std::uint16_t> splitAddress(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  try {
    const int port = colon == std::string::npos ? -1 : std::stoi(address.substr(colon + 1));
    if (port >= 0 && port <= 65535) return {address.substr(0, colon), static_cast<std::uint16_t>(port)};
  } catch (const std::exception&) {
    // Reported below.
  }
  throw std::runtime_error("--public takes HOST:PORT, not '" + address + "'");
}

}  // namespace

// Members are made in this order and destroyed in the reverse one.
struct Server::Impl {
  explicit Impl(ServerOptions given)
      : options(std::move(given)),
        folder(options.memory ? nullptr : std::make_unique<DataFolder>(files, options.data_folder)),
        temporary(options.memory ? std::make_unique<TemporaryFolder>() : nullptr),
        store(options.memory ? store::makeMemoryEngine() : store::openRocksEngine(folder->rows())),
        blobs(blob_files, random, options.memory ? temporary->path() + "/blobs" : folder->blobs()),
        collector(folder ? std::make_unique<store::BlobCollector>(store, blob_files, folder->blobs()) : nullptr),
        executor(clock, static_cast<std::size_t>(options.worker_threads)),
        services(store, blobs, clock, random, executor, registry, options),
        kernel(services.environment()),
        doorway(services.environment(), registry, kernel),
        callers(services.environment()),
        sink(doorway),
        pages(doorway, metrics, services.denials(), options.public_token),
        front_door(frontDoorOptions(options), callers, sink, random, rawHandlers()),
        http(httpOptions(), front_door) {
    services.connect(registry, kernel, doorway, http);
    measureCalls(metrics, doorway);
    measureProgram(metrics, store, kernel, http);
    listener = http.listenTcp(options.host, options.port, wire::http::ListenerKind::Loopback);
    if (!options.public_address.empty()) {
      const auto [host, port] = splitAddress(options.public_address);
      public_listener = http.listenTcp(host, port, wire::http::ListenerKind::Public);
    }
    services.start(http.port(listener));
    kernel.start(doorway);
    pages.setReady();
    if (!collector) blob_files.stopNoting();
    executor.postAt(clock.now().plusMilliseconds(kStartedMilliseconds), [this] {
      if (collector) return collector->start(releaseStartupPages);
      releaseStartupPages();
    });
  }

  static wire::FrontDoorOptions frontDoorOptions(const ServerOptions& options) {
    wire::FrontDoorOptions out;
    out.host_names = options.host_names;
    return out;
  }

  wire::http::ServerOptions httpOptions() {
    wire::http::ServerOptions out;
    out.io_threads = options.io_threads;
    out.staging_folder = blobs.stagingFolder();
    out.clock = &clock;
    return out;
  }

  wire::RawHandlers rawHandlers() {
    wire::RawHandlers raw;
    raw.own_page = [this](wire::http::HttpRequest request, wire::http::Responder responder) {
      if (request.path().starts_with(services::sns::Signer::kCertificatePath)) {
        wire::http::HttpResponse response;
        response.headers.add("Content-Type", "application/x-pem-file");
        response.body = services.notificationCertificate();
        responder.send(std::move(response));
        return;
      }
      if (Services::isStackResponse(request.path())) {
        return services.handleStackResponse(request, std::move(responder));
      }
      if (Services::isCodePage(request.path())) return services.handleCode(request, std::move(responder));
      if (Services::isWebhook(request.path())) return services.handleWebhook(request, std::move(responder));
      pages.handle(std::move(request), std::move(responder));
    };
    raw.sandbox_page = [](std::string_view path) { return Services::isStackResponse(path); };
    raw.public_page = [](std::string_view path) { return OwnPages::isPublic(path) || Services::isWebhook(path); };
    raw.deployed_api = [this](wire::http::HttpRequest request, wire::Route::Api api, wire::http::Responder responder) {
      services.handleApi(std::move(request), std::move(api), std::move(responder));
    };
    raw.git_plan = [this](wire::http::HttpRequest& head) { return services.planGit(head); };
    raw.git = [this](wire::http::HttpRequest request, wire::http::Responder responder) {
      services.handleGit(std::move(request), std::move(responder));
    };
    return raw;
  }

  ServerOptions options;
  platform::RealFileSystem files;
  platform::SystemClock clock;
  platform::SystemRandom random;
  std::unique_ptr<DataFolder> folder;
  std::unique_ptr<TemporaryFolder> temporary;
  store::Store store;
  store::BlobFiles blob_files{files};
  store::BlobStore blobs;
  std::unique_ptr<store::BlobCollector> collector;  ///< Null with --memory, which keeps nothing of an earlier run.
  platform::ThreadPool executor;
  base::MetricRegistry metrics;
  dispatch::Registry registry;
  Services services;
  dispatch::Kernel kernel;
  dispatch::Doorway doorway;
  Callers callers;
  DoorwaySink sink;
  OwnPages pages;
  wire::FrontDoor front_door;
  wire::http::Server http;
  wire::http::Server::ListenerId listener = 0;
  wire::http::Server::ListenerId public_listener = 0;
  bool stopped = false;
};

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
}

std::uint16_t Server::port() const {
  return impl_->http.port(impl_->listener);
}

std::uint16_t Server::publicPort() const {
  return impl_->public_listener == 0 ? 0 : impl_->http.port(impl_->public_listener);
}

void Server::stop(std::chrono::milliseconds deadline) {
  if (impl_->stopped) return;
  impl_->stopped = true;
  // 1. No more requests; those that run are answered.
  impl_->http.stop(deadline);
  // 2. Functions and other outside work end; their tasks stay as rows and are taken up at the next start.
  impl_->services.stop();
  // 3. Decisions in hand are finished. The store then commits what is queued and closes.
  impl_->executor.stop();
}

}  // namespace thimble::app
