// Tests of deploy/chat/text.js, which the Pub/Sub emulator stores but does not run.
//
// usage: node --test Tests/Deploy/chat.test.mjs
import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import vm from "node:vm";

const code = fs.readFileSync(new URL("../../deploy/chat/text.js", import.meta.url), "utf8");
// ECMAScript's own globals and nothing else, as in Pub/Sub.
const { text } = vm.runInNewContext(`${code}; ({ text })`);

const binding = {
  role: "roles/compute.viewer", members: ["user:alice@example.com"], start_time: "2026-01-31T10:00:00Z",
  end_time: "2026-01-31T11:00:00Z", title: "JIT access activation", description: "why", whole_binding: true,
};
const announcement = {
  project_id: "shop-production", resource: "projects/shop-production", time: "2026-01-31T11:01:00Z", message_ids: ["1"],
  etag_before: "BwXe1", etag_after: "BwXe2", part: 1, parts: 1, removed: [binding],
};

function said(change = {}) {
  const result = text({ data: JSON.stringify({ ...announcement, ...change }), attributes: { origin: "jit-cleanup" } }, {});
  assert.deepEqual({ ...result.attributes }, {});
  const body = JSON.parse(result.data);
  assert.deepEqual(Object.keys(body), ["text"]);
  return body.text;
}

test("what is no announcement is dropped", () => {
  for (const data of ["", "x", "{}", "null", "[]", '{"removed":{}}', '{"removed":[{}]}', '{"removed":[null]}']) {
    assert.equal(text({ data, attributes: {} }, {}), null, data);
  }
});

test("it says where, which role, whose, under which title and since when", () => {
  assert.equal(
    said(),
    "Removed from projects/shop-production:\n" +
      "\u2022 roles/compute.viewer of user:alice@example.com (JIT access activation), ended 2026-01-31T11:00:00Z",
  );
});

test("a folder, no title, and an older announcement without the resource", () => {
  assert.match(said({ resource: "folders/1", project_id: undefined }), /^Removed from folders\/1:/);
  assert.match(said({ removed: [{ ...binding, title: null }] }), /\(no title\)/);
  assert.match(said({ resource: undefined }), /^Removed from projects\/shop-production:/);
});

test("nothing that somebody wrote into a policy becomes a link, a mention, a line or a style", () => {
  const title = "<!channel> <https://evil.example|click> & *bold* _it_ `code` ~no~\n\u2022 roles/owner\u202e";
  const line = said({ removed: [{ ...binding, title }] });
  assert.equal(line.split("\n").length, 2);
  assert.doesNotMatch(line, /[<>*_`~\u202e]/);
  assert.match(line, /&lt;!channel&gt;/);
});

test("more than a message holds is counted", () => {
  const removed = Array.from({ length: 500 }, (_, number) => ({ ...binding, role: `roles/r${number}` }));
  const body = said({ removed });
  assert.ok(body.length < 3200);
  const shown = body.split("\n").length - 2;
  assert.ok(body.endsWith(`and ${500 - shown} more`));
});

test("it fits Pub/Sub's limit of 20 KB", () => assert.ok(Buffer.byteLength(code) < 20_000));
