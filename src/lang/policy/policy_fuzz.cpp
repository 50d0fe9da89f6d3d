// Any text as a policy document and as a request: no crash, no hang; what IAM would store can be compiled.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lang/policy/denial.h"
#include "lang/policy/document.h"
#include "lang/policy/evaluate.h"
#include "lang/policy/position.h"
#include "lang/policy/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace thimble::lang::policy;
  if (size > 65536) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = Document::parse(text);
  for (const DocumentKind kind : {DocumentKind::Managed, DocumentKind::Inline, DocumentKind::Trust}) {
    if (!malformedPolicyMessage(text, kind) && kind != DocumentKind::Trust && !document.ok()) std::abort();
  }
  (void)statementPositions(text);
  if (!document.ok()) return 0;
  Request request;
  request.principal.arn = "arn:aws:iam::111122223333:user/ann";
  request.principal.account = "111122223333";
  request.action = "s3:GetObject";
  request.resource = std::string(text.substr(0, 2000));
  request.keys.set("aws:username", "ann");
  request.keys.setAll("aws:TagKeys", {"a", "b"});
  PolicySet policies;
  policies.identity.push_back({"fuzzed", *document});
  policies.resource.push_back({"fuzzed", *document});
  const Evaluation evaluation = evaluate(request, policies);
  (void)explain(request, policies, evaluation);
  (void)denialMessage(request, evaluation);
  return 0;
}
