import IAMPolicy
import Timestamps

/// With JIT Access's title in scope, as it is unless the operator says otherwise.
extension Policy {
    func edit(now: Instant, graceSeconds: Int64) -> PolicyEdit {
        edit(now: now, graceSeconds: graceSeconds, titles: .activations)
    }

    func bindingsInScope(at now: Instant, graceSeconds: Int64) -> [(binding: Binding, state: BindingState)] {
        bindingsInScope(at: now, graceSeconds: graceSeconds, titles: .activations)
    }
}

extension Binding {
    func state(at now: Instant, graceSeconds: Int64) -> BindingState {
        state(at: now, graceSeconds: graceSeconds, titles: .activations)
    }
}
