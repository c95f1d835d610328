import Testing

@testable import jitcleanup

private func choice(
    activation: Int = 7200,
    grace: Int = 0,
    minimum: Int = 10,
    maximum: Int = 600
) -> DeliverySchedule.Choice {
    .init(activation: activation, grace: grace, minimumBackoff: minimum, maximumBackoff: maximum)
}

@Suite("The computed schedule")
struct ScheduleTests {
    @Test(
        "a time span that is none is refused",
        arguments: ["", "h", "-1", "+1", "1.5h", "1w", "2 h", "401d", "34560001", "99999999999999999999"]
    )
    func noSpan(text: String) {
        #expect(SecondsArgument(argument: text) == nil)
    }

    @Test(
        "a time span is read with its unit",
        arguments: [("0", 0), ("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("400d", 34_560_000)]
    )
    func span(text: String, seconds: Int) {
        #expect(SecondsArgument(argument: text)?.seconds == seconds)
    }

    @Test(
        "refusals are those of the arithmetic on paper, and one more delivery cleans",
        arguments: [
            (choice(activation: 7200), 17), (choice(activation: 28_800), 53),
            (choice(activation: 7200, minimum: 600), 12), (choice(activation: 0), 0),
            (choice(activation: 1, minimum: 0, maximum: 0), 1), (choice(activation: 630), 6),
            (choice(activation: 631), 7),
        ]
    )
    func refusals(choice: DeliverySchedule.Choice, count: Int) {
        #expect(DeliverySchedule(choice).deliveries == count + 1)
    }

    /// Columns: deliveries; from the end to the removal; how many may wait (README rounds these to tens).
    @Test(
        "the figures are those of README's table",
        arguments: [(600, 19, [359, 659], 544), (60, 124, [89, 119], 79)]
    )
    func table(maximum: Int, deliveries: Int, lateness: [Int], waiting: Int) {
        let choice = choice(grace: 60, maximum: maximum)
        let schedule = DeliverySchedule(choice)
        #expect(schedule.deliveries == deliveries)
        #expect([schedule.lateness.median, schedule.lateness.worst] == lateness)
        #expect(PushBackoffModel.mostWaiting(schedule, choice) == waiting)
    }

    @Test func `the removal waits for the next delivery`() {
        let schedule = DeliverySchedule(choice())
        #expect(schedule.lateness.worst == 599)
        #expect((299...300).contains(schedule.lateness.median))
    }

    @Test func `the push backoff model goes through Google's examples and stays in Google's range`() {
        #expect(abs(PushBackoffModel.pause(refusalsPerSecond: 1) - 0.5) < 1e-9)
        #expect((30...60).contains(PushBackoffModel.pause(refusalsPerSecond: 5)))
        #expect(PushBackoffModel.pause(refusalsPerSecond: 0) >= 0.1)
        #expect(PushBackoffModel.pause(refusalsPerSecond: 1000) == 60)
        let most = PushBackoffModel.mostRefusalsPerSecond
        #expect((1...2).contains(most))
        #expect(abs(most * PushBackoffModel.pause(refusalsPerSecond: most) - 1) < 1e-6)
    }

    @Test func `the more often each one is refused, the fewer may wait`() {
        let often = choice(maximum: 60)
        let seldom = choice(minimum: 600)
        let most = [often, seldom].map { PushBackoffModel.mostWaiting(DeliverySchedule($0), $0) }
        #expect(most[0] < most[1])
        #expect((700...900).contains(most[1]))
        let ended = choice(activation: 0)
        #expect(PushBackoffModel.mostWaiting(DeliverySchedule(ended), ended) == .max)
    }

    @Test func `the text says that it is a model`() {
        let text = ScheduleText.text(choice(grace: 60))
        #expect(text.contains("deliveries                 19 (18 of them refused with 425)"))
        #expect(text.contains("is a model"))
    }
}
