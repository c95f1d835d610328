// The push endpoint as node:http and node:crypto make it, with a worker for each processor.
import cluster from "node:cluster";
import crypto from "node:crypto";
import http from "node:http";
import os from "node:os";
import { writeSync } from "node:fs";

const { PORT, JWKS_URL, PUSH_AUDIENCE, PUSH_SERVICE_ACCOUNT } = process.env;
const graceSeconds = 60;

if (cluster.isPrimary) {
  for (let count = 0; count < os.availableParallelism(); count += 1) cluster.fork();
  process.on("SIGTERM", () => process.exit(0));
} else {
  await work();
}

async function work() {
  const { keys } = await (await fetch(JWKS_URL)).json();
  const byID = new Map(keys.map((key) => [key.kid, crypto.createPublicKey({ key, format: "jwk" })]));

  function areGood(claims) {
    const now = Date.now() / 1000;
    return claims.iss === "https://accounts.google.com" && claims.aud === PUSH_AUDIENCE
      && claims.email === PUSH_SERVICE_ACCOUNT && claims.email_verified === true
      && now <= claims.exp + 60 && now >= claims.iat - 60;
  }

  function verify(field) {
    if (!field?.startsWith("Bearer ")) return false;
    try {
      const [header, payload, signature] = field.slice(7).split(".");
      const { alg, kid } = JSON.parse(Buffer.from(header, "base64url"));
      if (alg !== "RS256") return false;
      const signed = Buffer.from(`${header}.${payload}`);
      if (!crypto.verify("RSA-SHA256", signed, byID.get(kid), Buffer.from(signature, "base64url"))) return false;
      return areGood(JSON.parse(Buffer.from(payload, "base64url")));
    } catch {
      return false;
    }
  }

  function answer(response, body) {
    const push = JSON.parse(body);
    const line = { severity: "INFO", time: new Date().toISOString(), message_id: push.message.messageId };
    let message = {};
    try {
      message = JSON.parse(Buffer.from(push.message.data, "base64"));
    } catch {
      // Nobody's message that is known here.
    }
    if (message.type === "ActivationSelfApproved" || message.type === "ActivationApproved") {
      const { project_id: project, beneficiary, role, end_time: end } = message.attributes;
      const seconds = Math.floor((Date.parse(end) - Date.now()) / 1000) + graceSeconds;
      Object.assign(line, {
        message: "Not ended: it will be delivered again", event: "activation.waiting",
        project, beneficiary, roles: role, end, seconds,
      });
      response.writeHead(425, { "Retry-After": String(seconds), "Content-Length": "0" });
    } else {
      Object.assign(line, { message: "Acknowledged: the message makes no binding", event: "message.ignored" });
      response.writeHead(204);
    }
    writeSync(1, `${JSON.stringify(line)}\n`);
    response.end();
  }

  http.createServer((request, response) => {
    if (request.url === "/health") return response.writeHead(200, { "Content-Length": "0" }).end();
    if (!verify(request.headers.authorization)) {
      return response.writeHead(401, { "WWW-Authenticate": "Bearer", "Content-Length": "0" }).end();
    }
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      try {
        answer(response, Buffer.concat(chunks).toString());
      } catch {
        response.writeHead(400, { "Content-Length": "0" }).end();
      }
    });
  }).listen(Number(PORT), "127.0.0.1");
}
