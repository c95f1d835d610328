internal import ArgumentParser

/// `jitcleanup explain`: what would happen, without doing it.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what would happen, without doing it.",
        discussion: """
            Example:
              jitcleanup explain --schedule --activation 8h --min-backoff 10 --max-backoff 600 --hold 500
            """
    )

    @Flag(help: "When an activation's message is delivered, and when its bindings are removed.")
    var schedule = false

    @Option(help: "How long the activation lasts (90s, 15m, 2h, 7d).")
    var activation = SecondsArgument(7200)

    @Option(help: "EXPIRY_GRACE_SECONDS.")
    var grace = SecondsArgument(60)

    @Option(help: "The subscription's --min-retry-delay, at most 600 s.")
    var minBackoff = SecondsArgument(10)

    @Option(help: "The subscription's --max-retry-delay, at most 600 s.")
    var maxBackoff = SecondsArgument(600)

    @Option(help: "HOLD_SECONDS.")
    var hold = SecondsArgument(0)

    func validate() throws {
        guard schedule else { throw ValidationError("nothing to explain: give --schedule") }
        guard minBackoff.seconds <= maxBackoff.seconds, maxBackoff.seconds <= 600 else {
            throw ValidationError("backoffs are at most 600 s, and the minimum is not above the maximum")
        }
    }

    func run() async throws {
        let choice = DeliverySchedule.Choice(
            activation: activation.seconds,
            grace: grace.seconds,
            minimumBackoff: minBackoff.seconds,
            maximumBackoff: maxBackoff.seconds,
            hold: hold.seconds
        )
        print(ScheduleText.text(choice))
    }
}

/// The schedule as text.
enum ScheduleText {
    static func text(_ choice: DeliverySchedule.Choice) -> String {
        let schedule = DeliverySchedule(choice)
        let most = PushBackoffModel.mostWaiting(schedule, choice)
        return """
            An activation of \(choice.activation) s, grace \(choice.grace) s, backoff \(choice.minimumBackoff) to \
            \(choice.maximumBackoff) s, hold \(choice.hold) s:

              deliveries                 \(schedule.deliveries) (\(schedule.deliveries - 1) of them refused with 425)
              from the end to removal    median \(schedule.lateness.median) s, worst \(schedule.lateness.worst) s \
            (the grace of \(choice.grace) s included)
              held open                  median \(schedule.held.median) s, worst \(schedule.held.worst) s
              may wait at once           \(most == .max ? "any number: nothing is refused" : "about \(most)")

            Deliveries follow the retry policy, doubling from minimum to maximum; Pub/Sub may deliver earlier or later.
            "May wait at once" is a model: Pub/Sub slows the whole subscription down when much is refused, and Google
            gives two examples (1 refusal/s: a delivery every 0.5 s; 5 refusals/s: one every 30 to 60 s). Through these
            the model draws an exponential; from \(rounded(PushBackoffModel.mostRefusalsPerSecond)) refusals/s on, \
            ended activations queue behind waiting ones.
            """
    }

    private static func rounded(_ number: Double) -> String {
        let hundredths = Int((number * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}
