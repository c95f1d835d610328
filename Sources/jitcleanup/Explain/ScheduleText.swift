/// The schedule as text.
enum ScheduleText {
    static func text(_ choice: DeliverySchedule.Choice) -> String {
        let schedule = DeliverySchedule(choice)
        let most = PushBackoffModel.mostWaiting(schedule, choice)
        return """
            An activation of \(choice.activation) s, grace \(choice.grace) s, backoff \(choice.minimumBackoff) to \
            \(choice.maximumBackoff) s:

              deliveries                 \(schedule.deliveries) (\(schedule.deliveries - 1) of them refused with 425)
              from the end to removal    median \(schedule.lateness.median) s, worst \(schedule.lateness.worst) s \
            (the grace of \(choice.grace) s included)
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
