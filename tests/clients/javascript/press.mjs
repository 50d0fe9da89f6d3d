// The main job through the AWS SDK for JavaScript v3, as its users write it: objects, a stack, an invoke, a press.
//
//   node press.mjs FOLDER ACCOUNT   (address and credentials come from the environment; FOLDER holds template.yaml, function.zip)
//
// Prints what came back as JSON, for the test to look at.
import { readFile } from "node:fs/promises";
import {
  CloudFormationClient, CreateStackCommand, DeleteStackCommand, DescribeStacksCommand, waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from "@aws-sdk/client-cloudformation";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CompleteMultipartUploadCommand, CreateBucketCommand, CreateMultipartUploadCommand, DeleteBucketCommand,
  DeleteObjectsCommand, GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, S3Client, UploadPartCommand,
} from "@aws-sdk/client-s3";
import {
  DescribeExecutionCommand, ExecutionAlreadyExists, paginateGetExecutionHistory, SFNClient, StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const [folder, name] = process.argv.slice(2);
const s3 = new S3Client({});
const stacks = new CloudFormationClient({});
const functions = new LambdaClient({});
const states = new SFNClient({});
const result = {};

// 1. Objects: with the checksums that today's SDK sends on its own, in one piece, in parts, by a presigned address.
const Bucket = name;
await s3.send(new CreateBucketCommand({ Bucket }));
const archive = await readFile(`${folder}/function.zip`);
const put = await s3.send(new PutObjectCommand({ Bucket, Key: "function.zip", Body: archive }));
result.checksum = put.ChecksumCRC32;
const got = await s3.send(new GetObjectCommand({ Bucket, Key: "function.zip" }));
result.same = Buffer.compare(Buffer.from(await got.Body.transformToByteArray()), archive) === 0;
const part = Buffer.alloc(5 << 20, "p");
const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "large ü/+&.bin" }));
const Parts = [];
for (const [PartNumber, Body] of [[1, part], [2, Buffer.from("end")]]) {
  const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ Bucket, Key: "large ü/+&.bin", UploadId, PartNumber, Body }));
  Parts.push({ ETag, PartNumber, ChecksumCRC32 });
}
await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: "large ü/+&.bin", UploadId, MultipartUpload: { Parts } }));
const listed = await s3.send(new ListObjectsV2Command({ Bucket }));
result.objects = listed.Contents.map(({ Key, Size }) => [Key, Size]);
const address = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: "presigned.txt" }), { expiresIn: 60 });
result.presigned = (await fetch(address, { method: "PUT", body: "by address" })).status;
try {
  await s3.send(new GetObjectCommand({ Bucket, Key: "none" }));
} catch (error) {
  result.missing = [error instanceof NoSuchKey, error.name, error.$metadata.httpStatusCode];
}

// 2. A stack.
const StackName = name;
await stacks.send(new CreateStackCommand({
  StackName, TemplateBody: await readFile(`${folder}/template.yaml`, "utf8"), Capabilities: ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
  Parameters: [{ ParameterKey: "Bucket", ParameterValue: Bucket }],
}));
await waitUntilStackCreateComplete({ client: stacks, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { StackName });
const described = await stacks.send(new DescribeStacksCommand({ StackName }));
const outputs = Object.fromEntries(described.Stacks[0].Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));

// 3. Its function.
const invoked = await functions.send(new InvokeCommand({ FunctionName: outputs.Function, Payload: JSON.stringify({ a: 1 }), LogType: "Tail" }));
result.invoked = { status: invoked.StatusCode, payload: JSON.parse(Buffer.from(invoked.Payload).toString()),
                   log: Buffer.from(invoked.LogResult, "base64").toString() };

// 4. A press, and its execution's history.
const pressed = await fetch(outputs.Url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({
  name: "press", stateMachineArn: outputs.Machine, input: JSON.stringify({ b: 2 }) }) });
const { executionArn } = await pressed.json();
result.pressed = pressed.status;
let execution;
do {
  execution = await states.send(new DescribeExecutionCommand({ executionArn }));
} while (execution.status === "RUNNING");
result.execution = { status: execution.status, output: JSON.parse(execution.output), isDate: execution.startDate instanceof Date };
result.history = [];
for await (const page of paginateGetExecutionHistory({ client: states, pageSize: 2 }, { executionArn, maxResults: 2 })) {
  result.history.push(...page.events.map(({ type }) => type));
}
try {
  await states.send(new StartExecutionCommand({ stateMachineArn: outputs.Machine, name: "press", input: "{}" }));
} catch (error) {
  result.again = [error instanceof ExecutionAlreadyExists, error.name];
}

// 5. All of it goes again.
await stacks.send(new DeleteStackCommand({ StackName }));
await waitUntilStackDeleteComplete({ client: stacks, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { StackName });
const all = await s3.send(new ListObjectsV2Command({ Bucket }));
await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: all.Contents.map(({ Key }) => ({ Key })) } }));
await s3.send(new DeleteBucketCommand({ Bucket }));
console.log(JSON.stringify(result));
