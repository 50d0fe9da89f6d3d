// Runs a Node.js function: asks the Runtime API for invocations and calls the handler, one at a time.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import { pathToFileURL } from 'node:url';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const invocationPath = '/2018-06-01/runtime/invocation/';
let currentRequest = '';

function request(method, target, body = '', headers = {}) {
  return new Promise((resolve, reject) => {
    const call = http.request(
      { host, port, method, path: target, agent, headers: { 'Content-Length': Buffer.byteLength(body), ...headers } },
      (response) => {
        const pieces = [];
        response.on('data', (piece) => pieces.push(piece));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces).toString('utf8') }));
      });
    call.on('error', reject);
    call.end(body);
  });
}

/** Does once, on nothing, what a first invocation does: much of Node.js is compiled when it is first used. */
async function warmUp() {
  const module = '/var/runtime/empty.cjs';
  await import(module);
  delete createRequire(module).cache[module];
  await request('POST', '/thimble/spare', '{}');
}

/**
 * In a spare, an instance started before it is known of which function: waits to be told, and takes its environment.
 */
async function becomeAFunctions() {
  await warmUp();
  const { status, body } = await request('GET', '/thimble/spare');
  if (status !== 200) process.exit(0);
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const each of JSON.parse(body).environment) {
    const end = each.indexOf('=');
    process.env[each.slice(0, end)] = each.slice(end + 1);
  }
  // The folder that has been mounted over the one of the same name.
  process.chdir(process.cwd());
}

if (process.env._HANDLER === undefined) await becomeAFunctions();
const taskRoot = process.env.LAMBDA_TASK_ROOT ?? '/var/task';

/** A line of the log: time, request, level, message; line feeds would begin another event. */
function log(level, message) {
  fs.writeSync(1, `${new Date().toISOString()}\t${currentRequest || 'undefined'}\t${level}\t${message.replaceAll('\n', '\r')}\n`);
}

for (const [name, level] of [['log', 'INFO'], ['info', 'INFO'], ['debug', 'DEBUG'], ['trace', 'TRACE'], ['warn', 'WARN'], ['error', 'ERROR']]) {
  console[name] = (...values) => log(level, util.format(...values));
}

/** The error as the invoker receives it. */
function describe(error) {
  if (error instanceof Error || (error !== null && typeof error === 'object' && 'name' in error && 'message' in error && 'stack' in error)) {
    return { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

class RuntimeFault extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

async function loadModule(file) {
  for (const extension of ['', '.js', '.mjs', '.cjs']) {
    const candidate = path.resolve(taskRoot, file + extension);
    if (!fs.existsSync(candidate) || fs.statSync(candidate).isDirectory()) continue;
    return await import(pathToFileURL(candidate).href);
  }
  // The error that Node.js itself would give, whose words users search for.
  return createRequire(path.join(taskRoot, 'index.js'))(path.resolve(taskRoot, file));
}

async function loadHandler(name) {
  const base = path.basename(name);
  const dot = base.indexOf('.');
  if (dot <= 0 || name.includes('..')) throw new RuntimeFault('Runtime.MalformedHandlerName', 'Bad handler');
  const file = path.join(path.dirname(name), base.slice(0, dot));
  const names = base.slice(dot + 1).split('.');
  let loaded;
  try {
    loaded = await loadModule(file);
  } catch (error) {
    if (error instanceof SyntaxError) throw Object.assign(new RuntimeFault('Runtime.UserCodeSyntaxError', String(error)), { stack: error.stack });
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw new RuntimeFault('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
  const find = (from) => names.reduce((value, key) => value?.[key], from);
  const handler = find(loaded) ?? find(loaded.default);
  if (handler === undefined) throw new RuntimeFault('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new RuntimeFault('Runtime.HandlerNotFound', `${name} is not a function`);
  return handler;
}

function makeContext(headers, settle) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const client = headers['lambda-runtime-client-context'];
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    clientContext: client ? JSON.parse(client) : undefined,
    identity: undefined,
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: (error, result) => settle(error, result),
    succeed: (result) => settle(null, result),
    fail: (error) => settle(error ?? 'handled'),
  };
  return context;
}

function call(handler, event, headers) {
  return new Promise((resolve, reject) => {
    const settle = (error, result) => (error !== undefined && error !== null ? reject(error) : resolve(result));
    const returned = handler(event, makeContext(headers, settle), settle);
    if (returned !== null && typeof returned?.then === 'function') {
      returned.then(resolve, reject);
    } else if (handler.length < 3 && returned !== undefined) {
      resolve(returned);
    } else if (handler.length < 2) {
      // It has no way left to answer later.
      resolve(returned);
    }
  });
}

async function report(target, title, error, status) {
  const description = describe(error);
  log('ERROR', `${title} \t${JSON.stringify({ ...description, stack: description.trace, trace: undefined })}`);
  await request('POST', target, JSON.stringify(description), { 'Lambda-Runtime-Function-Error-Type': description.errorType });
  if (status !== undefined) process.exit(status);
}

const fatal = (title) => (error) => {
  const fault = title === 'Unhandled Promise Rejection'
    ? Object.assign(new RuntimeFault('Runtime.UnhandledPromiseRejection', String(error)), { stack: error?.stack ?? String(error) })
    : error;
  const target = currentRequest ? `${invocationPath}${currentRequest}/error` : '/2018-06-01/runtime/init/error';
  report(target, title, fault, title === 'Unhandled Promise Rejection' ? 128 : 129).catch(() => process.exit(1));
};
process.on('uncaughtException', fatal('Uncaught Exception'));
process.on('unhandledRejection', fatal('Unhandled Promise Rejection'));

let handler;
try {
  handler = await loadHandler(process.env._HANDLER ?? '');
} catch (error) {
  await report('/2018-06-01/runtime/init/error', 'Uncaught Exception', error, 1);
}
for (;;) {
  const { headers, body } = await request('GET', `${invocationPath}next`);
  currentRequest = headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'] ?? '';
  try {
    const result = await call(handler, JSON.parse(body), headers);
    let answer;
    try {
      answer = JSON.stringify(result === undefined ? null : result) ?? 'null';
    } catch (error) {
      throw new RuntimeFault('Runtime.MarshalError', `Unable to stringify response body: ${error.message}`);
    }
    await request('POST', `${invocationPath}${currentRequest}/response`, answer);
  } catch (error) {
    await report(`${invocationPath}${currentRequest}/error`, 'Invoke Error', error);
  }
}
