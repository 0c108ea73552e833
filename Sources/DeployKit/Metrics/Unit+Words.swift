// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Unit {
    /// The unit that a word of prose means, or `nil` for any other word.
    ///
    /// Understood are the symbols and the usual words of English, Portuguese, Spanish, French,
    /// German, Chinese and Japanese. Words of three letters and more in any case; `m` is minutes.
    package init?(word: String) {
        if word != "count", word != "number", let unit = Self.words[word] {
            self = unit
        } else if word.unicodeScalars.count > 1, let unit = Self.words[word.lowercased()] {
            self = unit
        } else {
            return nil
        }
    }

    private static let words: [String: Unit] = {
        var words: [String: Unit] = [:]
        for unit in standard where !unit.symbol.hasPrefix("/") {
            words[unit.symbol] = unit
            words[unit.symbol.lowercased()] = unit
        }
        for (unit, spellings) in spellings {
            for word in spellings.split(separator: " ") { words[String(word)] = unit }
        }
        return words
    }()

    private static let spellings: [(Unit, String)] = [
        (.percent, "％ percent pct prozent porcento"),
        (.nanoseconds, "nanosecond nanoseconds"),
        (.microseconds, "µs μs microsecond microseconds"),
        (
            .milliseconds,
            """
            msec msecs millis millisecond milliseconds milissegundos milisegundos millisecondes \
            millisekunden 毫秒 ミリ秒
            """
        ),
        (
            .seconds,
            """
            sec secs second seconds segundo segundos seg seconde secondes sekunde sekunden sek 秒 \
            秒間 秒钟
            """
        ),
        (
            .minutes,
            """
            m mins minute minutes minuto minutos minuten 分 分間 分钟
            """
        ),
        (
            .hours,
            """
            hr hrs hour hours hora horas heure heures stunde stunden std 時間 小时 小時
            """
        ),
        (.days, "day days dia dias día días jour jours tag tage tagen 日 日間 天"),
        (
            .weeks,
            "week weeks semana semanas semaine semaines woche wochen 周 週 週間"
        ),
        (.bytes, "byte bytes octets"),
        (.times, "× X 倍"),
        (.perSecond, "rps RPS qps QPS tps TPS"),
        (.perMinute, "rpm RPM"),
    ]
}
