/// A number with its noun in singular or plural: `1 project`, `2 projects`.
func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
