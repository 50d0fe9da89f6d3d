// Lambda functions in C++: a handler from event to answer, run for each invocation.
//
//   int main() {
//     return thimble::function::run([](const base::Json& event, const Context& context) { return event; });
//   }
//
// The program is the function's `bootstrap` (runtime provided.al2023): functions/package.py makes the folder to upload.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace thimble::function {

/// What is known of one invocation.
struct Context {
  std::string request_id;
  std::string function_arn;  ///< As it was invoked, with the alias or version.
  std::string trace_id;
  std::string client_context;  ///< JSON of mobile clients, or empty.
  std::int64_t deadline = 0;   ///< Milliseconds since the epoch.

  /// Time until the function is stopped; never negative.
  std::chrono::milliseconds remaining() const;
};

/// An error with a type, which is what Step Functions' Catch and Retry look at.
class Error : public std::runtime_error {
 public:
  Error(std::string type, const std::string& message);
  const std::string& type() const { return type_; }
  /// Where it was made, one frame an item; addresses when the program has no symbols.
  const std::vector<std::string>& stack() const { return stack_; }

 private:
  std::string type_;
  std::vector<std::string> stack_;
};

/// Gives the answer, or throws: an Error reports its type, another exception that of its class.
using Handler = std::function<base::Json(const base::Json& event, const Context& context)>;

/// Asks for invocations and answers them until the runtime goes. Returns the process's exit status.
int run(const Handler& handler);
/// The same with the address ("host:port") given, for tests. Ends when the other side closes the connection.
int run(const Handler& handler, const std::string& runtime_api);

/// Writes a line to the function's log. Never give it secrets.
void log(std::string_view line);

/// An environment variable, or `fallback`.
std::string setting(const char* name, std::string_view fallback = {});

}  // namespace thimble::function
