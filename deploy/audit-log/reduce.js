// The message transform of the audit log's subscription: Pub/Sub runs it before each delivery. An audit entry can have
// 512 KiB and comes again until its grants have ended, so this drops what adds no temporary grant and keeps of the rest
// only the fields that jitcleanup reads, in their places. It drops only what jitcleanup ignores whatever its settings are.
// In any doubt the message stays as it is.
function reduce(message, metadata) {
  try {
    const kept = reduced(JSON.parse(message.data), message.attributes);
    if (kept === null) return null;
    if (kept !== undefined) message.data = JSON.stringify(kept);
  } catch (doubt) {
    // As it is.
  }
  return message;
}

// The entry's fields that are kept; null to drop it, undefined to leave it as it is.
function reduced(entry, attributes) {
  // Messages of JIT Access and notices that jitcleanup has published again may be on the same topic.
  if (!isObject(entry) || ["type", "jitcleanup"].some((name) => name in entry)) return undefined;
  if (isObject(attributes) && "origin" in attributes) return undefined;

  const log = entry.logName;
  const payload = entry.protoPayload;
  if (log !== undefined && typeof log !== "string") return undefined;
  if (!isObject(payload)) {
    // An entry with another payload is one of another log.
    return payload === undefined && log !== undefined ? null : undefined;
  }
  const { serviceName, methodName } = payload;
  const type = payload["@type"];
  if (![type, serviceName, methodName].every((text) => typeof text === "string")) return undefined;
  if (type !== "type.googleapis.com/google.cloud.audit.AuditLog") return null;
  if (serviceName.toLowerCase() !== "cloudresourcemanager.googleapis.com") return null;
  if (!methodName.toLowerCase().endsWith("setiampolicy")) return null;
  if (log !== undefined && !log.toLowerCase().endsWith("cloudaudit.googleapis.com%2factivity")) return null;

  const { status, authenticationInfo, serviceData, metadata } = payload;
  // A failed call changed nothing.
  if (isObject(status) && typeof status.code === "number" && status.code !== 0) return null;
  // Privileged Access Manager removes what it grants.
  const caller = isObject(authenticationInfo) ? authenticationInfo.principalEmail : undefined;
  if (typeof caller === "string" && caller.endsWith("@gcp-sa-pam.iam.gserviceaccount.com")) return null;

  // Of an entry that was split, each part has the whole serviceData, but only a piece of the metadata.
  if (entry.split !== undefined && hasDelta(metadata)) return undefined;
  if (!hasDelta(serviceData) && !hasDelta(metadata)) return undefined;
  const [inServiceData, inMetadata] = [serviceData, metadata].map(conditionalAdditions);
  if (![...inServiceData, ...inMetadata].some((delta) => delta.condition.title !== "Created by: PAM")) return null;

  const holder = (data, bindingDeltas) => (hasDelta(data) ? { policyDelta: { bindingDeltas } } : undefined);
  return {
    ...chosen(entry, ["logName", "insertId", "timestamp", "split"]),
    protoPayload: {
      ...chosen(payload, ["@type", "serviceName", "methodName", "resourceName", "status"]),
      authenticationInfo: isObject(authenticationInfo)
        ? chosen(authenticationInfo, ["principalEmail", "principalSubject", "serviceAccountDelegationInfo"])
        : authenticationInfo,
      serviceData: holder(serviceData, inServiceData),
      metadata: holder(metadata, inMetadata),
    },
  };
}

function hasDelta(data) {
  return isObject(data) && data.policyDelta !== undefined;
}

// Those of one delta; none if there is no delta. Throws if it cannot be read.
function conditionalAdditions(data) {
  if (!hasDelta(data)) return [];
  const { bindingDeltas = [] } = must(isObject, data.policyDelta);
  return must(Array.isArray, bindingDeltas).filter((delta) => {
    must((action) => action === "ADD" || action === "REMOVE", delta.action);
    must(isString, delta.role);
    must(isString, delta.member);
    if (delta.condition === undefined) return false;
    const { expression = "", title = "" } = must(isObject, delta.condition);
    must(isString, expression);
    must(isString, title);
    return delta.action === "ADD";
  });
}

function must(be, value) {
  if (!be(value)) throw new TypeError("The delta cannot be read");
  return value;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isString(value) {
  return typeof value === "string";
}

function chosen(object, names) {
  return Object.fromEntries(names.filter((name) => name in object).map((name) => [name, object[name]]));
}
