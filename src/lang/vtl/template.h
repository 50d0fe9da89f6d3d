// Apache Velocity templates in the dialect of API Gateway's mapping templates.
//
// The language is Velocity 1.7's (its user guide, https://velocity.apache.org/engine/1.7/user-guide.html, and the notes
// of https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html), with
// what API Gateway does differently: a reference without a value prints nothing. #include, #parse and #evaluate are
// refused.
//
// A template is compiled once and rendered often; the compiled form is immutable and may be shared between threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lang/vtl/value.h"

namespace thimble::lang::vtl {

struct Program;

/// Bounds on one rendering. What is beyond them ends it with an error, loops aside, which just end as Velocity's do.
struct Limits {
  std::size_t max_steps = 2'000'000;                     ///< Statements and expressions evaluated.
  std::size_t max_output_bytes = std::size_t{10} << 20;  ///< Length of the text.
  std::size_t max_iterations = 1000;                     ///< Of one #foreach; API Gateway's documented limit.
  int max_depth = 100;                                   ///< Nested blocks, macro calls and string templates.
};

/// Why a template does not compile or render.
struct TemplateError {
  std::string message;
  int line = 0;    ///< From 1; 0 when unknown.
  int column = 0;  ///< From 1, in bytes.
};

class Template {
 public:
  /// Text up to 1 MiB, nested up to 100 deep.
  static base::Result<Template, TemplateError> compile(std::string_view text);

  /// True when the text mentions the variable `$name` anywhere, so that a caller may leave out what is not asked for.
  bool mentions(std::string_view name) const;
  const Program& program() const { return *program_; }

 private:
  explicit Template(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

  std::shared_ptr<const Program> program_;
};

/// One rendering: variables go in, text comes out; variables that the template has set can be read afterwards.
class Rendering {
 public:
  explicit Rendering(const Template& compiled, const Limits& limits = {});

  Heap& heap() { return heap_; }
  /// Host objects must outlive the rendering.
  void set(std::string_view name, Value value);
  base::Result<std::string, TemplateError> run();

 private:
  const Template template_;
  const Limits limits_;
  Heap heap_;
  std::vector<Value> slots_;
};

}  // namespace thimble::lang::vtl
