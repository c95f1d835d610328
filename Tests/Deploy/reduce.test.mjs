// Tests of deploy/audit-log/reduce.js, which the Pub/Sub emulator stores but does not run.
//
// usage: node --test Tests/Deploy/reduce.test.mjs
//        WRITE_REDUCED=1 node --test ...   writes Tests/Vectors/audit-log/reduced anew
import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import vm from "node:vm";

const samples = new URL("../Vectors/audit-log/", import.meta.url);
const code = fs.readFileSync(new URL("../../deploy/audit-log/reduce.js", import.meta.url), "utf8");
// ECMAScript's own globals and nothing else, as in Pub/Sub.
const { reduce } = vm.runInNewContext(`${code}; ({ reduce })`);

const attributes = { "logging.googleapis.com/timestamp": "2026-05-04T09:00:01.234567Z" };
const read = (name) => fs.readFileSync(new URL(name, samples), "utf8");
const { files } = JSON.parse(read("expected.json"));

// What becomes of a message: "dropped", "unchanged" or the reduced entry. Its attributes stay in any case.
function outcome(data, given = attributes) {
  const result = reduce({ data, attributes: structuredClone(given) }, { message_id: "1" });
  if (result === null) return "dropped";
  assert.deepEqual({ ...result.attributes }, given ?? {});
  return result.data === data ? "unchanged" : JSON.parse(result.data);
}

// The fields that are read, by their places.
const whole = Symbol("with all that it holds");
const additions = Symbol("additions with a condition");
const delta = { policyDelta: { bindingDeltas: additions } };
const fields = {
  logName: whole,
  insertId: whole,
  timestamp: whole,
  split: whole,
  protoPayload: {
    "@type": whole,
    serviceName: whole,
    methodName: whole,
    resourceName: whole,
    status: whole,
    authenticationInfo: { principalEmail: whole, principalSubject: whole, serviceAccountDelegationInfo: whole },
    serviceData: delta,
    metadata: delta,
  },
};

function only(value, kept) {
  if (kept === additions) return value.filter(({ action, condition }) => action === "ADD" && condition);
  if (kept === whole) return value;
  return Object.fromEntries(Object.entries(kept).flatMap(([name, below]) => (name in value ? [[name, only(value[name], below)]] : [])));
}

function assertReduced(entry) {
  const expected = only(entry, fields);
  const actual = outcome(JSON.stringify(entry));
  assert.deepEqual(actual, expected);
  // A second time nothing changes: a reduced entry may be published again by hand.
  assert.deepEqual(outcome(JSON.stringify(actual, null, 1)), expected);
  return actual;
}

for (const [name, { kind }] of Object.entries(files).filter(([name]) => name !== "push-envelope.json")) {
  test(`the sample ${name} is ${kind === "grant" ? "reduced" : "dropped"}`, () => {
    const reduced = new URL(`reduced/${name}`, samples);
    if (kind !== "grant") {
      assert.equal(outcome(read(name)), "dropped");
      assert.ok(!fs.existsSync(reduced));
      return;
    }
    const text = JSON.stringify(assertReduced(JSON.parse(read(name))), null, 2) + "\n";
    if (process.env.WRITE_REDUCED) fs.writeFileSync(reduced, text);
    assert.equal(fs.readFileSync(reduced, "utf8"), text);
  });
}

test("the sample of an envelope holds an entry that is reduced", () => {
  const { message } = JSON.parse(read("push-envelope.json"));
  assertReduced(JSON.parse(Buffer.from(message.data, "base64").toString()));
});

// A sample, changed. The change gets the entry, its payload and its list of deltas.
function changed(change, name = "03-gcloud-add-iam-policy-binding.json") {
  const entry = JSON.parse(read(name));
  const payload = entry.protoPayload;
  change(entry, payload, payload.serviceData.policyDelta.bindingDeltas);
  return entry;
}

const condition = { title: "t", expression: 'request.time < timestamp("2026-05-05T08:30:00Z")' };
const addition = { action: "ADD", role: "roles/viewer", member: "user:a@example.com", condition };
const removal = { ...addition, action: "REMOVE" };
const pam = { ...addition, condition: { ...condition, title: "Created by: PAM" } };
const toMetadata = (payload) => {
  payload.metadata = payload.serviceData;
  delete payload.serviceData;
};
const split = { uid: "u", index: 1, totalSplits: 3 };

const reducedVariants = {
  "a v3 method": (e, p) => (p.methodName = "google.cloud.resourcemanager.v3.Projects.SetIamPolicy"),
  "a v3 method of folders, all in capitals": (e, p) => (p.methodName = "GOOGLE.CLOUD.RESOURCEMANAGER.V3.FOLDERS.SETIAMPOLICY"),
  "a v3 method of organizations, all in small letters": (e, p) => (p.methodName = "google.cloud.resourcemanager.v3.organizations.setiampolicy"),
  "a delta in metadata": (e, p) => toMetadata(p),
  "a delta in each of both": (e, p) => (p.metadata = { policyDelta: { bindingDeltas: [addition, removal] } }),
  "no addition in service data, but in metadata": (e, p, d) => {
    d.length = 0;
    p.metadata = { policyDelta: { bindingDeltas: [addition] } };
  },
  "neither request nor response": (e, p) => {
    delete p.request;
    delete p.response;
  },
  "a service name in capitals, which jitcleanup may judge": (e, p) => (p.serviceName = p.serviceName.toUpperCase()),
  "no status": (e, p) => delete p.status,
  "an empty status": (e, p) => (p.status = {}),
  "a status of code 0": (e, p) => (p.status = { code: 0 }),
  "no authenticationInfo": (e, p) => delete p.authenticationInfo,
  "a federated caller": (e, p) => (p.authenticationInfo = { principalSubject: "principal://iam.googleapis.com/x", oauthInfo: { oauthClientId: "1" } }),
  "an impersonated caller": (e, p) => (p.authenticationInfo.serviceAccountDelegationInfo = [{ principalSubject: "user:a@example.com" }, { firstPartyPrincipal: { principalEmail: "b@example.com" } }]),
  "no logName": (e) => delete e.logName,
  "a part of a split entry whose delta is in service data": (e) => (e.split = split),
  "a bucket's resource name": (e, p) => (p.resourceName = "projects/_/buckets/b"),
  "unknown fields everywhere": (e, p, d) => {
    e.apphub = { a: 1 };
    p.policyViolationInfo = {};
    p.authenticationInfo.oauthInfo = { oauthClientId: "1" };
    p.serviceData.policyDelta.more = [];
    d[0].more = 1;
    d[0].condition.location = "here";
  },
  "a condition without an end": (e, p, d) => (d[0].condition.expression = 'resource.name.startsWith("x")'),
  "a condition without a title": (e, p, d) => delete d[0].condition.title,
  "a condition without an expression": (e, p, d) => delete d[0].condition.expression,
  "a title that only begins like that of PAM": (e, p, d) => (d[0].condition.title = "Created by: PAM "),
  "an addition by PAM's title beside another": (e, p, d) => d.push(pam),
  "removals and unconditional additions beside an addition": (e, p, d) => d.unshift(removal, { ...addition, condition: undefined }, removal),
  "forty additions, twice each": (e, p, d) => {
    for (let n = 0; n < 40; n++) d.push(...Array(2).fill({ ...addition, role: `roles/custom.r${n}` }));
  },
  "text that JSON and JavaScript escape differently": (e, p, d) => (d[0].condition.title = "\u2028 \u0000 \ud800 \"\\/ ä \u{1f600} __proto__"),
};
for (const [name, change] of Object.entries(reducedVariants)) {
  test(`reduced: ${name}`, () => {
    // A key without a value is none.
    assertReduced(JSON.parse(JSON.stringify(changed(change))));
  });
}
test("reduced: a delta in metadata beside service data without one, which goes", () => {
  const entry = changed((e, p) => toMetadata(p));
  entry.protoPayload.serviceData = { "@type": "type.googleapis.com/google.iam.v1.logging.AuditData" };
  const actual = outcome(JSON.stringify(entry));
  delete entry.protoPayload.serviceData;
  assert.deepEqual(actual, assertReduced(entry));
});

test("reduced: folders and organizations, by their numbers", () => {
  for (const name of ["10-folder.json", "11-organization.json"]) {
    assert.equal(assertReduced(changed(() => {}, name)).protoPayload.resourceName, JSON.parse(read(name)).protoPayload.resourceName);
  }
});

const dropped = {
  "another service": (e, p) => (p.serviceName = "iam.googleapis.com"),
  "a bucket": (e, p) => {
    p.serviceName = "storage.googleapis.com";
    p.methodName = "storage.setIamPermissions";
  },
  "another method": (e, p) => (p.methodName = "InsertProjectOwnershipInvite"),
  "another payload": (e, p) => (p["@type"] = "type.googleapis.com/google.appengine.logging.v1.RequestLog"),
  "another log": (e) => (e.logName = "projects/p/logs/cloudaudit.googleapis.com%2Fdata_access"),
  "an entry of text": (e) => {
    delete e.protoPayload;
    e.textPayload = "x";
  },
  "permission denied": (e, p) => (p.status = { code: 7 }),
  "a concurrent change": (e, p) => (p.status = { code: 10, message: "x" }),
  "a failed call without a delta": (e, p) => {
    p.status = { code: 3 };
    delete p.serviceData;
  },
  "PAM's agent of an organization": (e, p) => (p.authenticationInfo.principalEmail = "service-org-1@gcp-sa-pam.iam.gserviceaccount.com"),
  "PAM's agent, and no delta": (e, p) => {
    p.authenticationInfo.principalEmail = "service-1@gcp-sa-pam.iam.gserviceaccount.com";
    delete p.serviceData;
  },
  "PAM's title": (e, p, d) => d.splice(0, 9, pam, removal),
  "PAM's title in metadata": (e, p, d) => {
    d.splice(0, 9, pam);
    toMetadata(p);
  },
  "only removals": (e, p, d) => d.splice(0, 9, removal, removal),
  "only additions without a condition": (e, p, d) => delete d[0].condition,
  "only auditConfigDeltas": (e, p) => (p.serviceData.policyDelta = { auditConfigDeltas: [{ action: "ADD", service: "allServices", logType: "DATA_READ" }] }),
  "an empty list of deltas": (e, p, d) => (d.length = 0),
  "a delta that is empty": (e, p) => (p.serviceData.policyDelta = {}),
  "a part of a split entry that only removes": (e, p, d) => {
    e.split = split;
    d.splice(0, 9, removal);
  },
};
for (const [name, change] of Object.entries(dropped)) {
  test(`dropped: ${name}`, () => assert.equal(outcome(JSON.stringify(changed(change))), "dropped"));
}

const unchanged = {
  "no delta at all": (e, p) => delete p.serviceData,
  "service data without a delta": (e, p) => delete p.serviceData.policyDelta,
  "service data that is null": (e, p) => (p.serviceData = null),
  "service data that is a text": (e, p) => (p.serviceData = "x"),
  "metadata of another kind, and no delta": (e, p) => {
    delete p.serviceData;
    p.metadata = { "@type": "x" };
  },
  "a delta that is null": (e, p) => (p.serviceData.policyDelta = null),
  "a list of deltas that is none": (e, p) => (p.serviceData.policyDelta.bindingDeltas = {}),
  "a list of deltas that is null": (e, p) => (p.serviceData.policyDelta.bindingDeltas = null),
  "an element that is null": (e, p, d) => d.push(null),
  "an element that is a text": (e, p, d) => d.push("ADD"),
  "an unknown action": (e, p, d) => (d[0].action = "MODIFY"),
  "an action as a number": (e, p, d) => d.splice(0, 9, { ...removal, action: 2 }),
  "no action": (e, p, d) => delete d[0].action,
  "no member": (e, p, d) => delete d[0].member,
  "members instead": (e, p, d) => d.splice(0, 9, { action: "REMOVE", role: "r", members: ["m"] }),
  "no role": (e, p, d) => delete d[0].role,
  "a condition that is null": (e, p, d) => (d[0].condition = null),
  "a condition that is a text": (e, p, d) => (d[0].condition = "x"),
  "a title that is no text": (e, p, d) => (d[0].condition.title = 1),
  "an expression that is no text": (e, p, d) => (d[0].condition.expression = {}),
  "only removals, and metadata that cannot be read": (e, p, d) => {
    d.splice(0, 9, removal);
    p.metadata = { policyDelta: 1 };
  },
  "a part of a split entry whose delta is in metadata": (e, p) => {
    e.split = split;
    toMetadata(p);
  },
  "a part of a split entry whose piece of metadata only removes": (e, p, d) => {
    e.split = split;
    d.splice(0, 9, removal);
    toMetadata(p);
  },
  "a part of a split entry without a piece of the delta": (e, p) => {
    e.split = split;
    delete p.serviceData;
  },
  "no service name": (e, p) => delete p.serviceName,
  "a method name that is no text": (e, p) => (p.methodName = ["SetIamPolicy"]),
  "no type of the payload": (e, p) => delete p["@type"],
  "a payload that is a list": (e) => (e.protoPayload = []),
  "a logName that is no text": (e) => (e.logName = 1),
  "a logName that is no text, and no payload": (e) => {
    e.logName = {};
    delete e.protoPayload;
  },
  "an entry with JIT Access's type": (e) => (e.type = "NotifyActivation"),
};
for (const [name, change] of Object.entries(unchanged)) {
  test(`unchanged: ${name}`, () => assert.equal(outcome(JSON.stringify(changed(change))), "unchanged"));
}

test("unchanged: what is no LogEntry", () => {
  const notice = { jitcleanup: 1, resource: "projects/p", ends: ["2026-05-05T08:30:00Z"], grants: [], source: "audit-log" };
  for (const message of [notice, { type: "NotifyActivation", payload: {} }, { payload: {} }, {}, [], null, 1, "x"]) {
    assert.equal(outcome(JSON.stringify(message)), "unchanged");
  }
  for (const data of ["", "{", read("03-gcloud-add-iam-policy-binding.json").slice(0, -3), "\ufeff{}", "[".repeat(1_000_000), undefined]) {
    assert.equal(outcome(data), "unchanged");
  }
});

test("unchanged: what has an attribute origin, and attributes that are none are no fault", () => {
  for (const name of Object.keys(files)) {
    assert.equal(outcome(read(name), { origin: "jit-cleanup" }), "unchanged");
    assert.deepEqual(outcome(read(name), undefined), outcome(read(name)));
  }
});

test("the code is within Pub/Sub's limits, and in ASCII, so that it is the same in YAML and HCL", () => {
  assert.ok(code.length < 20_000);
  // Between a space and a tilde, and line feeds: no tabs, which YAML would not take for indentation.
  assert.match(code, /^[\n -~]+\n$/);
});
