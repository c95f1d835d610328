package import LosslessJSON

/// Why a response of `getIamPolicy` is rejected: such a policy is never edited or overwritten.
package enum PolicyError: Error, Equatable, Sendable {
    /// The response is not JSON, or exceeds the limits of ``Policy/rules`` or has duplicate names.
    case json(JSONError)
    /// The response is JSON, but not an object.
    case notAnObject
    /// `etag` is missing, empty or not a string: a write without it would blindly overwrite concurrent changes.
    case noETag
    /// `version` is not the integer 0, 1 or 3.
    case unknownVersion
    /// `bindings` is present, but not an array.
    case bindingsNotAnArray
    /// The binding at this position is not an object, or its `role` is missing, empty or not a string.
    case malformedBinding(position: Int)
    /// The role at this position contains `_withcond_`: the policy was read without its conditions, as when requesting
    /// version 1, and writing it back would make temporary grants permanent.
    case conditionsLost(position: Int)
}

extension PolicyError: CustomStringConvertible {
    /// A sentence for logs; contains no text from the policy.
    package var description: String {
        switch self {
        case .json(let error): "the policy cannot be read without loss: \(error)"
        case .notAnObject: "the policy is not a JSON object"
        case .noETag: "the policy has no etag"
        case .unknownVersion: "the policy's version is none of 0, 1 and 3"
        case .bindingsNotAnArray: "the policy's bindings are not an array"
        case .malformedBinding(let position): "bindings[\(position)] is not a binding with a role"
        case .conditionsLost(let position):
            "bindings[\(position)] has a role with _withcond_: the policy was read without its conditions"
        }
    }
}
