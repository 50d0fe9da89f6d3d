#include "wire/router/router.h"

#include <gtest/gtest.h>

namespace thimble::wire {
namespace {

struct Case {
  const char* what;
  const char* method;
  const char* target;
  http::Headers headers;
  const char* expected;
};

http::Header signedFor(const std::string& service, const std::string& region = "eu-west-1") {
  return {"Authorization", "AWS4-HMAC-SHA256 Credential=test/20261123/" + region + "/" + service +
                               "/aws4_request, SignedHeaders=host, Signature=00"};
}

std::string describe(const Route& route) {
  switch (route.kind) {
    case Route::Kind::OwnPage:
      return "own page";
    case Route::Kind::Git:
      return "git";
    case Route::Kind::DeployedApi:
      return "api " + route.api.id + " " + route.api.region + " " + route.api.stage + " " + route.api.target;
    case Route::Kind::NoOperation:
      return "no operation of " + std::string(route.service ? route.service->name : "any");
    case Route::Kind::Refused:
      return std::to_string(route.error.http_status) + " " + route.error.code;
    case Route::Kind::Operation:
      break;
  }
  if (route.needs_form) return "form of " + std::string(route.service ? route.service->name : "?");
  std::string out = std::string(route.service->name) + ":" + std::string(route.operation->name);
  for (const auto& [name, value] : route.labels) out += " " + name + "=" + value;
  return out;
}

TEST(Router, DecidesFromTheHead) {
  const http::Header s3 = signedFor("s3");
  const Case cases[] = {
      {"own page", "GET", "/_thimble/health", {}, "own page"},
      {"metrics", "GET", "/metrics", {}, "own page"},
      {"a bucket named metrics", "GET", "/metrics", {s3}, "s3:ListObjects Bucket=metrics"},
      {"an object named metrics", "GET", "/metrics", {{"Host", "b.s3.localhost"}}, "s3:GetObject Bucket=b Key=metrics"},
      {"a sub-resource without its header", "GET", "/b/k?attributes", {s3}, "s3:GetObjectAttributes Bucket=b Key=k"},
      {"api by host",
       "POST",
       "/prod/a/b?x=1",
       {{"Host", "abc123.execute-api.eu-west-1.localhost:4566"}},
       "api abc123 eu-west-1 prod /a/b?x=1"},
      {"api by host, no path", "GET", "/prod", {{"Host", "abc123.execute-api.localhost"}}, "api abc123  prod /"},
      {"api by path", "POST", "/restapis/abc/prod/_user_request_/x%2Fy?q", {}, "api abc  prod /x%2Fy?q"},
      {"api by path, root", "POST", "/restapis/abc/prod/_user_request_", {}, "api abc  prod /"},
      {"api by the newer path", "GET", "/_aws/execute-api/abc/prod/x", {}, "api abc  prod /x"},
      {"git", "GET", "/v1/repos/x/info/refs?service=git-upload-pack", {}, "git"},
      {"query", "POST", "/", {signedFor("sts")}, "form of sts"},
      {"query by GET", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", {}, "sts:GetCallerIdentity"},
      {"query, unknown", "GET", "/?Action=Nothing", {signedFor("sts")}, "400 InvalidAction"},
      {"unknown service", "POST", "/", {signedFor("nonsense")}, "404 UnknownServiceException"},
      {"service of AWS that is not here", "GET", "/x", {signedFor("glacier")}, "501 NotImplemented"},
      {"unknown target", "POST", "/", {{"X-Amz-Target", "Nothing.At"}}, "no operation of any"},
      {"unknown operation", "POST", "/", {{"X-Amz-Target", "DynamoDB_20120810.ListTable"}}, "no operation of dynamodb"},
      {"no target", "POST", "/", {signedFor("dynamodb")}, "no operation of dynamodb"},
      {"no target, by host", "GET", "/", {{"Host", "dynamodb.eu-west-1.localhost:4566"}}, "no operation of dynamodb"},
      {"nothing named", "POST", "/", {}, "no operation of any"},
      {"nothing named, an empty service", "PUT", "/", {signedFor("")}, "no operation of any"},
      {"a read of nothing named", "GET", "/", {{"User-Agent", "a"}}, "s3:ListBuckets"},
      {"a read by nobody", "GET", "/", {}, "no operation of any"},
      {"list buckets", "GET", "/", {s3}, "s3:ListBuckets"},
      {"create bucket", "PUT", "/b", {s3}, "s3:CreateBucket Bucket=b"},
      {"create bucket with slash", "PUT", "/b/", {s3}, "s3:CreateBucket Bucket=b"},
      {"put object", "PUT", "/b/a%20c//d/", {s3}, "s3:PutObject Bucket=b Key=a c//d/"},
      {"copy object", "PUT", "/b/k", {s3, {"x-amz-copy-source", "/b/l"}}, "s3:CopyObject Bucket=b Key=k"},
      {"upload part", "PUT", "/b/k?partNumber=1&uploadId=u", {s3}, "s3:UploadPart Bucket=b Key=k"},
      {"create multipart", "POST", "/b/k?uploads", {s3}, "s3:CreateMultipartUpload Bucket=b Key=k"},
      {"complete multipart", "POST", "/b/k?uploadId=u", {s3}, "s3:CompleteMultipartUpload Bucket=b Key=k"},
      {"list v2", "GET", "/b?list-type=2&prefix=x", {s3}, "s3:ListObjectsV2 Bucket=b"},
      {"list v1", "GET", "/b?prefix=x", {s3}, "s3:ListObjects Bucket=b"},
      {"delete objects", "POST", "/b?delete", {s3}, "s3:DeleteObjects Bucket=b"},
      {"virtual host",
       "GET",
       "/k",
       {s3, {"Host", "my.bucket.s3.localhost:4566"}},
       "s3:GetObject Bucket=my.bucket Key=k"},
      {"virtual host, region",
       "GET",
       "/k",
       {s3, {"Host", "bucket.s3.eu-west-1.amazonaws.com"}},
       "s3:GetObject Bucket=bucket Key=k"},
      {"short virtual host", "GET", "/k", {s3, {"Host", "bucket.localhost:4566"}}, "s3:GetObject Bucket=bucket Key=k"},
      {"path style on s3.localhost", "GET", "/b/k", {s3, {"Host", "s3.localhost:4566"}}, "s3:GetObject Bucket=b Key=k"},
      {"presigned",
       "GET",
       "/b/k?X-Amz-Credential=test%2F20261123%2Feu-west-1%2Fs3%2Faws4_request",
       {},
       "s3:GetObject Bucket=b Key=k"},
      {"unsigned", "GET", "/b/k", {}, "s3:GetObject Bucket=b Key=k"},
  };
  const Router router;
  for (const Case& each : cases) {
    http::HttpRequest request;
    request.method = each.method;
    request.target = each.target;
    request.headers = each.headers;
    EXPECT_EQ(describe(router.route(request)), each.expected) << each.what;
  }
}

TEST(Router, AFormNamesTheOperation) {
  const Router router;
  http::HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.headers = {signedFor("sts")};
  Route route = router.route(request);
  router.routeForm(route, "Version=2011-06-15&Action=GetCallerIdentity");
  EXPECT_EQ(describe(route), "sts:GetCallerIdentity");
  route = router.route(request);
  router.routeForm(route, "Version=2011-06-15");
  EXPECT_EQ(describe(route), "400 MissingAction");
}

TEST(CredentialScope, ReadsHeaderAndQuery) {
  const auto scope = readCredentialScope({signedFor("states", "us-east-2")}, "");
  ASSERT_TRUE(scope);
  EXPECT_EQ(scope->access_key_id, "test");
  EXPECT_EQ(scope->region, "us-east-2");
  EXPECT_EQ(scope->service, "states");
  EXPECT_FALSE(readCredentialScope({{"Authorization", "AWS4-HMAC-SHA256 nothing"}}, ""));
  EXPECT_FALSE(readCredentialScope({{"Authorization", "Bearer x"}}, "X-Amz-Credential=a/b"));
}

}  // namespace
}  // namespace thimble::wire
