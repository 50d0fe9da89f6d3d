#include "wire/sigv4/verify.h"

#include <gtest/gtest.h>

#include <random>

#include "base/encoding.h"
#include "wire/sigv4/aws_chunked.h"
#include "wire/sigv4/sign.h"
#include "wire/sigv4/testing.h"

namespace thimble::wire::sigv4 {
namespace {

using Outcome = Verification::Outcome;

struct Known {
  const char* name;
  const char* method;
  const char* target;
  http::Headers headers;
  std::string body;
  Dialect dialect;
  const char* time;
};

const char kS3Credential[] = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ";

// Requests whose signatures are published, or were made by another implementation (botocore's signers).
const Known kKnown[] = {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    {"IAM ListUsers",
     "GET",
     "/?Action=ListUsers&Version=2010-05-08",
     {{"Host", "iam.amazonaws.com"},
      {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
      {"X-Amz-Date", "20150830T123600Z"},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
       "SignedHeaders=content-type;host;x-amz-date, "
       "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"}},
     "",
     Dialect::Query,
     "20150830T123600Z"},
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    {"S3 GetObject with a range",
     "GET",
     "/test.txt",
     {{"Host", "examplebucket.s3.amazonaws.com"},
      {"Authorization", std::string(kS3Credential) +
                            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {"Range", "bytes=0-9"},
      {"x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"x-amz-date", "20130524T000000Z"}},
     "",
     Dialect::S3,
     "20130524T000500Z"},
    {"S3 PutObject, time in Date",
     "PUT",
     "/test%24file.text",
     {{"Host", "examplebucket.s3.amazonaws.com"},
      {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
      {"Authorization", std::string(kS3Credential) +
                            "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
                            "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
      {"x-amz-date", "20130524T000000Z"},
      {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
      {"x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"}},
     "Welcome to Amazon S3.",
     Dialect::S3,
     "20130524T001459Z"},
    {"S3 GetBucketLifecycle",
     "GET",
     "/?lifecycle",
     {{"Host", "examplebucket.s3.amazonaws.com"},
      {"Authorization", std::string(kS3Credential) +
                            "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
                            "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"x-amz-date", "20130524T000000Z"},
      {"x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
     "",
     Dialect::S3,
     "20130523T234501Z"},
    {"S3 ListObjects",
     "GET",
     "/?max-keys=2&prefix=J",
     {{"Host", "examplebucket.s3.amazonaws.com"},
      {"Authorization", std::string(kS3Credential) +
                            "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
                            "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
      {"x-amz-date", "20130524T000000Z"},
      {"x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
     "",
     Dialect::S3,
     "20130524T000000Z"},
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    {"S3 presigned",
     "GET",
     "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
     "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
     "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
     {{"Host", "examplebucket.s3.amazonaws.com"}},
     "",
     Dialect::S3,
     "20130524T235959Z"},
    {"Lambda Invoke, an encoded path and a session token",
     "POST",
     "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations?Qualifier=a%20b&X=",
     {{"Host", "localhost:4566"},
      {"Content-Type", "application/json"},
      {"X-Amz-Meta-A", "two   blanks"},
      {"X-Amz-Date", "20261123T190000Z"},
      {"X-Amz-Security-Token", "TOKEN/=="},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=ASIASESSION/20261123/eu-west-1/lambda/aws4_request, "
       "SignedHeaders=content-type;host;x-amz-date;x-amz-meta-a;x-amz-security-token, "
       "Signature=6e3c85b190ba0dc7970ef820321c659416dc56a7c51c6273f5fbd7f1572a392d"}},
     "{\"a\": 1}",
     Dialect::RestJson,
     "20261123T190000Z"},
    {"a path with dot segments",
     "GET",
     "/a/./b/../c//d%2Fe/~f/",
     {{"Host", "localhost:4566"},
      {"Content-Type", "application/json"},
      {"X-Amz-Meta-A", "two   blanks"},
      {"X-Amz-Date", "20261123T190000Z"},
      {"X-Amz-Security-Token", "TOKEN/=="},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=ASIASESSION/20261123/eu-west-1/apigateway/aws4_request, "
       "SignedHeaders=content-type;host;x-amz-date;x-amz-meta-a;x-amz-security-token, "
       "Signature=03cf2c4dfb569d939815cfb290d28446b99879b8a3661a74f9a20525c75e1ee7"}},
     "",
     Dialect::RestJson,
     "20261123T190000Z"},
    {"S3 UploadPart, a key with dots and blanks",
     "PUT",
     "/bucket/a%20b/..//%C3%A9%2Bc?partNumber=2&uploadId=x%2Fy",
     {{"Host", "localhost:4566"},
      {"Content-Type", "application/json"},
      {"X-Amz-Meta-A", "two   blanks"},
      {"X-Amz-Date", "20261123T190000Z"},
      {"X-Amz-Security-Token", "TOKEN/=="},
      {"X-Amz-Content-SHA256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=ASIASESSION/20261123/eu-west-1/s3/aws4_request, "
       "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-security-token, "
       "Signature=0696a55db3aee636225c66d8e4d419fc12d8fe1bd51ea7d8275a6d812e927c18"}},
     "hello",
     Dialect::S3,
     "20261123T190000Z"},
};

class VerifyTest : public ::testing::Test {
 protected:
  VerifyTest() {
    add("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    add("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    add("ASIASESSION", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "TOKEN/==");
    credentials_.known["AKIADELETED"].state = Credential::State::Inactive;
    credentials_.known["ASIAEXPIRED"].state = Credential::State::Expired;
    clock_.set(*base::parseBasicIso8601("20261123T190000Z"));
  }

  void add(const std::string& id, const std::string& secret, const std::string& token = "") {
    Credential& credential = credentials_.known[id];
    credential.state = Credential::State::Active;
    credential.secret_access_key = secret;
    credential.session_token = token;
    credential.principal = std::make_shared<std::string>(id);
  }

  static http::HttpRequest request(const Known& known) {
    http::HttpRequest request;
    request.method = known.method;
    request.target = known.target;
    request.headers = known.headers;
    request.body = http::Body(known.body);
    return request;
  }

  /// "anonymous", "unknown", "verified", or the error's code.
  std::string verify(const http::HttpRequest& request, Dialect dialect, std::string* message = nullptr) const {
    const Expectation expectation = {.dialect = dialect, .allow_unsigned_payload = dialect == Dialect::S3};
    auto began = verifier_.begin(request, expectation);
    base::Result<void> finished;
    if (began.ok()) finished = verifier_.finish(*began, request, expectation);
    if (!began.ok() || !finished.ok()) {
      const base::ApiError& error = began.ok() ? finished.error() : began.error();
      if (message != nullptr) *message = error.message;
      return error.code;
    }
    switch (began->outcome) {
      case Outcome::Anonymous:
        return "anonymous";
      case Outcome::Unknown:
        return "unknown";
      case Outcome::Verified:
        break;
    }
    EXPECT_NE(began->principal, nullptr);
    return "verified";
  }

  http::HttpRequest signedRequest(const Keys& keys, std::string_view service = "states",
                                  std::string_view time = "20261123T190000Z") const {
    http::HttpRequest request;
    request.method = "POST";
    request.target = "/";
    request.headers = {{"Host", "localhost:4566"}, {"X-Amz-Target", "AWSStepFunctions.StartExecution"}};
    request.body = http::Body("{}");
    sign("POST", "/", request.headers, base::encodeHex(base::sha256("{}")), keys,
         {"eu-west-1", service, *base::parseBasicIso8601(time)});
    return request;
  }

  testing::MapCredentials credentials_;
  platform::FakeClock clock_;
  Verifier verifier_{credentials_, clock_};
};

TEST_F(VerifyTest, AcceptsKnownSignatures) {
  for (const Known& known : kKnown) {
    SCOPED_TRACE(known.name);
    clock_.set(*base::parseBasicIso8601(known.time));
    std::string message;
    EXPECT_EQ(verify(request(known), known.dialect, &message), "verified") << message;
  }
}

TEST_F(VerifyTest, SigningKeyOfTheDocumentation) {
  EXPECT_EQ(base::encodeHex(signingKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam")),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

TEST_F(VerifyTest, WhatIsSignedHereIsAccepted) {
  const Keys session = {"ASIASESSION", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "TOKEN/=="};
  EXPECT_EQ(verify(signedRequest(session), Dialect::Json), "verified");
  for (const char* service : {"s3", "sts"}) {
    http::HttpRequest request;
    request.method = "GET";
    request.headers = {{"Host", "localhost:4566"}};
    request.target =
        presign("GET", "/b/a%20key?x=%C3%A9&a", "localhost:4566", 60, session, {"eu-west-1", service, clock_.now()});
    const Dialect dialect = service == std::string("s3") ? Dialect::S3 : Dialect::Query;
    EXPECT_EQ(verify(request, dialect), "verified") << service;
    clock_.advance(61'000);
    EXPECT_EQ(verify(request, dialect), dialect == Dialect::S3 ? "AccessDenied" : "SignatureDoesNotMatch");
    clock_.advance(-61'000);
  }
}

TEST_F(VerifyTest, RefusalsPerDialect) {
  const Keys good = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
  struct Case {
    const char* name;
    http::HttpRequest request;
    const char* json;
    const char* query;
    const char* s3;
  };
  auto with = [&](const Keys& keys, std::string_view time = "20261123T190000Z") {
    http::HttpRequest request = signedRequest(keys, "s3", time);
    return request;
  };
  auto header = [&](const char* authorization) {
    http::HttpRequest request = with(good);
    request.headers.set("Authorization", authorization);
    return request;
  };
  http::HttpRequest no_date = with(good);
  no_date.headers.erase("X-Amz-Date");
  http::HttpRequest twice = with(good);
  twice.headers.add("Authorization", twice.headers.get("Authorization"));
  http::HttpRequest token = with(good);
  token.headers.set("X-Amz-Security-Token", "something");
  http::HttpRequest other_body = with(good);
  other_body.body = http::Body("{ }");
  const Case cases[] = {
      {"unsigned", {}, "anonymous", "anonymous", "anonymous"},
      {"unknown key", with({"test", "test", ""}), "unknown", "unknown", "unknown"},
      {"deleted key", with({"AKIADELETED", "x", ""}), "UnrecognizedClientException", "InvalidClientTokenId",
       "InvalidAccessKeyId"},
      {"expired session", with({"ASIAEXPIRED", "x", ""}), "ExpiredTokenException", "ExpiredToken", "ExpiredToken"},
      {"wrong secret", with({"AKIDEXAMPLE", "x", ""}), "InvalidSignatureException", "SignatureDoesNotMatch",
       "SignatureDoesNotMatch"},
      {"a token with a long-term key", token, "UnrecognizedClientException", "InvalidClientTokenId", "InvalidToken"},
      {"a session without its token", with({"ASIASESSION", good.secret_access_key, ""}), "UnrecognizedClientException",
       "InvalidClientTokenId", "InvalidToken"},
      {"another body", other_body, "InvalidSignatureException", "SignatureDoesNotMatch", "XAmzContentSHA256Mismatch"},
      {"16 minutes old", with(good, "20261123T184459Z"), "InvalidSignatureException", "SignatureDoesNotMatch",
       "RequestTimeTooSkewed"},
      {"16 minutes ahead", with(good, "20261123T191501Z"), "InvalidSignatureException", "SignatureDoesNotMatch",
       "RequestTimeTooSkewed"},
      {"15 minutes old", with(good, "20261123T184500Z"), "verified", "verified", "verified"},
      {"no date", no_date, "IncompleteSignatureException", "IncompleteSignature", "AccessDenied"},
      {"two signatures", twice, "IncompleteSignatureException", "IncompleteSignature", "InvalidArgument"},
      {"basic authentication", header("Basic dGVzdDp0ZXN0"), "MissingAuthenticationTokenException",
       "IncompleteSignature", "InvalidRequest"},
      {"nothing in it", header("AWS4-HMAC-SHA256"), "IncompleteSignatureException", "IncompleteSignature",
       "AuthorizationHeaderMalformed"},
      {"a scope of four parts",
       header("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/s3/aws4_request, SignedHeaders=host, Signature=00"),
       "IncompleteSignatureException", "IncompleteSignature", "AuthorizationHeaderMalformed"},
      {"a scope of another day",
       header("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/r/s3/aws4_request, SignedHeaders=host, Signature=00"),
       "InvalidSignatureException", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed"},
      {"host not signed",
       header("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/r/s3/aws4_request, SignedHeaders=a, Signature=00"),
       "IncompleteSignatureException", "IncompleteSignature", "AuthorizationHeaderMalformed"},
      {"a foreign terminator",
       header("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/r/s3/aws5, SignedHeaders=host, Signature=00"),
       "IncompleteSignatureException", "IncompleteSignature", "AuthorizationHeaderMalformed"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    // The requests are signed for S3, which signs "/" as the others do.
    EXPECT_EQ(verify(each.request, Dialect::Json), each.json);
    EXPECT_EQ(verify(each.request, Dialect::Query), each.query);
    EXPECT_EQ(verify(each.request, Dialect::S3), each.s3);
  }
}

TEST_F(VerifyTest, MessagesOfAws) {
  const Keys good = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
  std::string message;
  verify(signedRequest(good, "states", "20261123T184000Z"), Dialect::Json, &message);
  EXPECT_EQ(message,
            "Signature expired: 20261123T184000Z is now earlier than 20261123T184500Z (20261123T190000Z - 15 min.)");
  http::HttpRequest request = signedRequest(good);
  request.headers.set("Authorization", "AWS4-HMAC-SHA256 SignedHeaders=host");
  verify(request, Dialect::Query, &message);
  EXPECT_EQ(
      message,
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
      "Authorization=AWS4-HMAC-SHA256");
  request.headers.set("Authorization", "AWS4- Signature=b Credential=a");
  verify(request, Dialect::Json, &message);
  EXPECT_EQ(message,
            "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4- Signature=b Credential=a");
  request.target = "/?X-Amz-Algorithm";
  EXPECT_EQ(verify(request, Dialect::Json, &message), "InvalidSignatureException");
  EXPECT_EQ(message, "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  request.headers.erase("Authorization");
  request.target = "/?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d";
  verify(request, Dialect::Json, &message);
  EXPECT_EQ(message,
            "AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.");
}

TEST_F(VerifyTest, AScopeForAnotherServiceIsRefused) {
  const Keys good = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
  const auto result =
      verifier_.begin(signedRequest(good, "states"), {.dialect = Dialect::Json, .signing_name = "logs"});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "Credential should be scoped to correct service: 'logs'.");
}

TEST_F(VerifyTest, S3WantsItsOwnFieldsSigned) {
  const Keys good = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
  http::HttpRequest request = signedRequest(good, "s3");
  request.headers.add("x-amz-acl", "public-read");
  EXPECT_EQ(verify(request, Dialect::S3), "AccessDenied");
}

// One change to a signed request, and it must be refused. Changes that mean the same to SigV4 are not made: case of
// field names, blanks around values, the encoding of a path.
TEST_F(VerifyTest, NoneOfAThousandMutationsIsAccepted) {
  const std::uint32_t seed = 20261123;
  std::mt19937 random(seed);
  auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  // Another letter or digit, so that the request stays well-formed and only the signature can object.
  auto change = [&](std::string& text) {
    static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (int tries = 0; tries < 1000; ++tries) {
      char& c = text[below(text.size())];
      if (!std::isalnum(static_cast<unsigned char>(c))) continue;
      const char other = kLetters[below(kLetters.size())];
      if (std::tolower(static_cast<unsigned char>(c)) == other) continue;
      c = other;
      return;
    }
  };
  const Known* verified[std::size(kKnown)];
  std::size_t count = 0;
  for (const Known& known : kKnown) verified[count++] = &known;
  int accepted = 0;
  for (int i = 0; i < 1000; ++i) {
    const Known& known = *verified[below(count)];
    clock_.set(*base::parseBasicIso8601(known.time));
    http::HttpRequest mutated = request(known);
    switch (below(6)) {
      case 0: {  // Anything in the target, but what its dot segments drop.
        if (mutated.target.find("/../") != std::string::npos) {
          mutated.target += "x";
        } else {
          change(mutated.target);
        }
        break;
      }
      case 1:
      case 2: {  // The value of one field that is signed, or of the signature itself.
        http::Headers fields;
        const std::size_t which = below(mutated.headers.size());
        std::size_t at = 0;
        for (const http::Header& field : mutated.headers) {
          std::string value = field.value;
          // Date is not looked at beside X-Amz-Date, unless it is signed, and then it is covered.
          if (at++ == which) change(value);
          fields.add(field.name, value);
        }
        mutated.headers = fields;
        break;
      }
      case 3:
        mutated.method = mutated.method == "GET" ? "HEAD" : "GET";
        break;
      case 4: {  // The body; S3's presigned requests do not sign theirs.
        if (mutated.query().find("X-Amz-Signature") != std::string_view::npos) {
          mutated.target += "&a=b";
        } else {
          mutated.body = http::Body(known.body + "x");
        }
        break;
      }
      case 5: {  // The time.
        const std::int64_t hours = 24 * 8;
        clock_.advance(below(2) == 0 ? hours * 3'600'000 : -hours * 3'600'000);
        break;
      }
      default:
        break;
    }
    const std::string outcome = verify(mutated, known.dialect);
    if (outcome != "verified") continue;
    ++accepted;
    ADD_FAILURE() << "accepted, seed " << seed << ", round " << i << ": " << known.name << " " << mutated.method << " "
                  << mutated.target;
  }
  EXPECT_EQ(accepted, 0);
}

// ---- Streams

struct Stream {
  ChunkSigning signing;
  std::string encoded;
};

/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html: 65 KiB of "a" in chunks of 64 KiB.
Stream documentedStream() {
  Stream stream;
  stream.signing = {signingKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", "s3"),
                    "20130524T000000Z", "20130524/us-east-1/s3/aws4_request",
                    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"};
  stream.encoded = "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
                   std::string(65536, 'a') +
                   "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
                   std::string(1024, 'a') +
                   "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
  return stream;
}

std::string decode(AwsChunkedOptions options, std::string_view text, std::size_t piece = 1000,
                   http::Headers* trailers = nullptr) {
  AwsChunkedDecoder decoder(std::move(options));
  std::string out;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    if (auto fed = decoder.feed(text.substr(0, piece), out); !fed.ok()) return fed.error().code;
  }
  auto finished = decoder.finish();
  if (!finished.ok()) return finished.error().code;
  if (trailers != nullptr) *trailers = *finished;
  return out;
}

TEST_F(VerifyTest, TheDocumentedStream) {
  const Stream stream = documentedStream();
  // The head's own signature is the seed.
  clock_.set(*base::parseBasicIso8601("20130524T000000Z"));
  const Known head = {
      "",
      "PUT",
      "/examplebucket/chunkObject.txt",
      {{"Host", "s3.amazonaws.com"},
       {"x-amz-date", "20130524T000000Z"},
       {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
       {"Authorization", std::string(kS3Credential) +
                             "SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                             "x-amz-decoded-content-length;x-amz-storage-class,Signature=" +
                             stream.signing.seed_signature},
       {"x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
       {"Content-Encoding", "aws-chunked"},
       {"x-amz-decoded-content-length", "66560"},
       {"Content-Length", "66824"}},
      "",
      Dialect::S3,
      ""};
  EXPECT_EQ(verify(request(head), Dialect::S3), "verified");
  for (std::size_t piece : {1u, 100u, 66824u}) {
    EXPECT_EQ(decode({stream.signing, false, 66560}, stream.encoded, piece), std::string(66560, 'a')) << piece;
  }
  EXPECT_EQ(encodeAwsChunked(std::string(66560, 'a'), 65536, stream.signing), stream.encoded);
}

TEST_F(VerifyTest, StreamsWithTrailers) {
  const ChunkSigning signing = documentedStream().signing;
  const http::Headers sum = {{"x-amz-checksum-crc32c", "wdBDMA=="}};
  const std::string encoded = encodeAwsChunked("hello world", 4, signing, sum);
  http::Headers trailers;
  EXPECT_EQ(decode({signing, true, 11}, encoded, 3, &trailers), "hello world");
  EXPECT_EQ(trailers, sum);
  std::string forged = encoded;
  forged.replace(forged.find("wdBDMA"), 6, "wdBDMB");
  EXPECT_EQ(decode({signing, true, 11}, forged), "SignatureDoesNotMatch");
  forged = encoded;
  forged.erase(forged.find("x-amz-trailer-signature"));
  EXPECT_EQ(decode({signing, true, 11}, forged + "\r\n"), "SignatureDoesNotMatch");
  // Not signed, as today's SDKs send over TLS.
  const std::string plain = "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
  EXPECT_EQ(decode({std::nullopt, true, 11}, plain, 2, &trailers), "hello world");
  EXPECT_EQ(trailers.get("X-Amz-Checksum-Crc32"), "DUoRhQ==");
}

TEST_F(VerifyTest, MalformedStreamsAreRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "IncompleteBody"},
      {"5\r\nhel", "IncompleteBody"},
      {"5\r\nhello\r\n", "IncompleteBody"},
      {"4\r\nhell\r\n0\r\n\r\n", "IncompleteBody"},
      {"6\r\nhello!\r\n0\r\n\r\n", "IncompleteBody"},
      {"5\r\nhello!\r\n0\r\n\r\n", "InvalidRequest"},
      {"-5\r\nhello\r\n0\r\n\r\n", "InvalidRequest"},
      {"x\r\nhello\r\n0\r\n\r\n", "InvalidRequest"},
      {"ffffffffffffffff\r\nhello", "InvalidRequest"},
      {"7fffffffffffffff\r\nhello", "InvalidRequest"},
      {"5\r\nhello\r\n0\r\n\r\nmore", "InvalidRequest"},
      {"5\r\nhello\r\n0\r\nno colon\r\n\r\n", "MalformedTrailerError"},
  };
  for (const auto& [text, code] : cases) EXPECT_EQ(decode({std::nullopt, true, 5}, text, 2), code) << text;
  EXPECT_EQ(decode({std::nullopt, false, 5}, "5\r\nhello\r\n0\r\nx-a: b\r\n\r\n"), "InvalidRequest");
  EXPECT_EQ(decode({std::nullopt, true, 5}, std::string(5000, '1')), "InvalidRequest");
  EXPECT_EQ(decode({documentedStream().signing, false, 5}, "5\r\nhello\r\n0\r\n\r\n"), "InvalidRequest");
}

TEST_F(VerifyTest, NoChangedStreamIsAccepted) {
  const std::uint32_t seed = 7;
  std::mt19937 random(seed);
  const ChunkSigning signing = documentedStream().signing;
  const std::string encoded = encodeAwsChunked("the quick brown fox jumps over", 8, signing);
  for (int i = 0; i < 1000; ++i) {
    std::string changed = encoded;
    const std::size_t at = random() % changed.size();
    changed[at] = static_cast<char>(changed[at] ^ (1 << random() % 8));
    // The name of the extension and the framing may change in case only, and a CR may be left out.
    if (decode({signing, false, 30}, changed) != "the quick brown fox jumps over") continue;
    ADD_FAILURE() << "accepted, seed " << seed << ", byte " << at << " of " << changed;
  }
}

}  // namespace
}  // namespace thimble::wire::sigv4
