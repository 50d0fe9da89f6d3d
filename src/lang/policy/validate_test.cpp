#include "lang/policy/validate.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/result.h"
#include "lang/policy/document.h"

namespace thimble::lang::policy {
namespace {

base::Json readCases(const std::string& name) {
  std::ifstream file(std::string(THIMBLE_SOURCE_DIR "/src/lang/policy/testdata/") + name);
  std::stringstream text;
  text << file.rdbuf();
  auto json = base::Json::parse(text.str());
  if (!json.ok()) ADD_FAILURE() << name << ": " << json.error().message << " at " << json.error().offset;
  return json.ok() ? *json : base::Json();
}

TEST(Validate, AnswersWhatIamAnswers) {
  const base::Json file = readCases("malformed.json");
  ASSERT_GT(file["cases"].size(), 70U);
  for (const base::Json& c : file["cases"].asArray()) {
    const std::string text = c.contains("text") ? c.stringAt("text") : c["document"].write();
    const std::string kind_name = c.stringAt("kind", "managed");
    const DocumentKind kind = kind_name == "trust"    ? DocumentKind::Trust
                              : kind_name == "inline" ? DocumentKind::Inline
                                                      : DocumentKind::Managed;
    const auto message = malformedPolicyMessage(text, kind);
    EXPECT_EQ(message.value_or("fine"), c["message"].isNull() ? "fine" : c.stringAt("message")) << text;
    // What may be stored can be compiled.
    if (!message) {
      const auto document = Document::parse(text);
      EXPECT_TRUE(document.ok()) << text << ": " << (document.ok() ? "" : document.error().message);
    }
  }
}

}  // namespace
}  // namespace thimble::lang::policy
