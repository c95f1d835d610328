package import LosslessJSON

/// Why an answer of `getIamPolicy` is not worked on: nothing is ever computed from, or written over, such a policy.
package enum PolicyError: Error, Equatable, Sendable {
    /// The answer is not JSON, or breaks the limits of ``Policy/rules`` (duplicate names included).
    case json(JSONError)
    /// The answer is JSON, but no object.
    case notAnObject
    /// `etag` is missing, empty or no string: a write without one would overwrite other people's changes blindly.
    case noETag
    /// `version` is not one of 0, 1 and 3, written as an integer.
    case unknownVersion
    /// `bindings` is there, but is no array.
    case bindingsNotAnArray
    /// The binding at this position is no object, or its `role` is missing, empty or no string.
    case malformedBinding(position: Int)
    /// The role at this position holds `_withcond_`: the policy lost its conditions on the way, as happens when a
    /// reader asks for version 1, and writing it back would make temporary grants permanent.
    case conditionsLost(position: Int)
}

extension PolicyError: CustomStringConvertible {
    /// A sentence for logs; it repeats nothing of the policy.
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
