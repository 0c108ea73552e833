// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The words by which thresholds are recognised, in English, Portuguese, Spanish, French, German,
/// Chinese and Japanese; all lower case.
enum ThresholdWords {
    /// Comparisons in words before the number, longer ones first where one starts another.
    static let comparisons: [(words: [String], comparison: Comparison)] = [
        (.less, "below|under|less than|fewer than|lower than|faster than|smaller than"),
        (.less, "abaixo de|inferior a|menos de|menor que|por debajo de|inférieur à|inférieure à"),
        (.less, "moins de|unter|weniger als|kleiner als|低于|小于|少于"),
        (.atMost, "at most|no more than|not more than|maximum of|max of|maximum|max|up to"),
        (.atMost, "no máximo|como máximo|hasta|até|au plus|maximal|höchstens|bis zu|不超过|最多"),
        (.greater, "above|over|more than|greater than|higher than|exceeds|exceed|exceeding"),
        (.greater, "acima de|superior a|mais de|maior que|más de|mayor que|por encima de"),
        (.greater, "supérieur à|supérieure à|plus de|über|mehr als|größer als|大于|高于|超过"),
        (.atLeast, "at least|no less than|not less than|minimum of|min of|minimum|min"),
        (.atLeast, "no mínimo|pelo menos|al menos|como mínimo|au moins|mindestens|至少|不低于"),
    ]
    .flatMap { (comparison: Comparison, phrases: String) in
        phrases.split(separator: "|").map { phrase in
            (words: phrase.split(separator: " ").map(String.init), comparison: comparison)
        }
    }
    .sorted { $0.words.count > $1.words.count }

    private static let comparisonsByFirstWord = Dictionary(grouping: comparisons) { $0.words[0] }
    private static let easternComparisons = comparisons.filter {
        ThresholdReader.isCJK($0.words[0])
    }

    /// The comparisons that may begin with a word, in the order of ``comparisons``. Chinese writes
    /// no space before one, so that a word may end with it.
    static func comparisons(at word: String) -> [(words: [String], comparison: Comparison)] {
        guard let last = word.unicodeScalars.last, last.value > 0x3000 else {
            return comparisonsByFirstWord[word] ?? []
        }
        return easternComparisons
    }

    /// Comparisons that stand after the number.
    static let postfixes: [(text: String, comparison: Comparison)] = [
        ("以上", .atLeast), ("以下", .atMost), ("以内", .atMost), ("未満", .less), ("未满", .less),
        ("連続", .atLeast), ("连续", .atLeast), ("を超", .greater), ("超", .greater),
    ]

    /// Role words; `needsMark` ones count before a colon or a comparison only.
    static let roles: [(word: String, role: ThresholdPhrase.Role)] = [
        (.target, "target|goal|expected|should|must|deve|deben|debe|objetivo|meta|objectif|cible"),
        (.target, "ziel|soll|sollte|目标|目標|期待値|预期"),
        (.warning, "warning|warn|aviso|advertencia|avertissement|warnung|警告"),
        (.critical, "critical|crítico|critique|kritisch|严重|緊急"),
        (.alert, "alert|alerts|alerta|alertar|alerte|alarm|告警|报警|アラート"),
        (.normal, "normal"),
        (.stop, "stop|abort|no-go|halt"),
        (.rollbackTrigger, "rollback|roll-back|回滚|ロールバック"),
    ]
    .flatMap { (role: ThresholdPhrase.Role, words: String) in
        words.split(separator: "|").map { (word: String($0), role: role) }
    }

    private static let roleByWord = Dictionary(roles.map { ($0.word, $0.role) }) { first, _ in first
    }
    private static let easternRoles = roles.filter { role in
        role.word.unicodeScalars.contains { $0.value > 0x3000 }
    }

    /// The role that a word states; Chinese and Japanese write on without a space.
    static func role(ofWord word: String) -> ThresholdPhrase.Role? {
        if let role = roleByWord[word] { return role }
        guard let first = word.unicodeScalars.first, first.value > 0x3000 else { return nil }
        return easternRoles.first { word.hasPrefix($0.word) }?.role
    }

    /// Whether a word is one of the words for roles.
    static func isRole(_ word: String) -> Bool { roleByWord[word] != nil }

    /// What a word may do in a threshold, looked up once.
    struct Traits: OptionSet {
        let rawValue: UInt8

        /// It may begin a comparison.
        static let comparison = Self(rawValue: 1)
        /// It states a role.
        static let role = Self(rawValue: 2)
        /// It is one of ``zeros``.
        static let zero = Self(rawValue: 4)
        /// It is one of ``lasting``.
        static let lasting = Self(rawValue: 8)
        /// It tells of a part of a whole, or of a rate.
        static let part = Self(rawValue: 16)
        /// It is one of ``anys``.
        static let any = Self(rawValue: 32)
    }

    /// The traits of a word in lower case.
    static func traits(of word: String) -> Traits {
        if let known = traitsByWord[word] { return known }
        guard let first = word.unicodeScalars.first, let last = word.unicodeScalars.last else {
            return []
        }
        var traits: Traits = last.value > 0x3000 ? .comparison : []
        if first.value > 0x3000, role(ofWord: word) != nil { traits.insert(.role) }
        return traits
    }

    private static let traitsByWord: [String: Traits] = {
        var traits: [String: Traits] = [:]
        for comparison in comparisons { traits[comparison.words[0], default: []] = .comparison }
        for role in roles { traits[role.word, default: []].insert(.role) }
        for word in zeros { traits[word, default: []].insert(.zero) }
        for word in lasting { traits[word, default: []].insert(.lasting) }
        for word in parts { traits[word, default: []].insert(.part) }
        for word in anys { traits[word, default: []].insert(.any) }
        return traits
    }()

    /// The traits of a word of ASCII in any case, hyphens at its end aside; none where it has not the
    /// edges of a word that is looked for.
    static func traits(
        of bytes: Span<UInt8>,
        _ range: Range<Int>,
        within edges: WordEdges
    ) -> Traits {
        var end = range.upperBound
        while bytes[end - 1] == UInt8(ascii: "-") { end -= 1 }
        let (first, last) = (bytes[range.lowerBound], bytes[end - 1])
        guard edges.mayHold(first, last, end - range.lowerBound) else { return [] }
        return traitsByWord[String(lowercasing: bytes.extracting(range.lowerBound..<end))] ?? []
    }

    /// The edges of the words with traits.
    static let edges = WordEdges(traitsByWord.keys)
    /// The same of those that count in a text without a number.
    static let edgesWithoutNumber = WordEdges(Array(zeros) + Array(anys))

    /// Words of values that may be bounds without a comparison.
    private static let parts = [
        "percent", "pct", "prozent", "porcento", "per", "rate", "error", "errors", "latency",
        "taxa", "tasa",
    ]

    /// Words at the edges of a metric's name that are no part of it.
    static let fillers: Set<String> = [
        "if", "when", "be", "is", "verify", "validate", "confirm", "check", "ensure", "in",
        "rate drops", "drops", "exceeds", "falls",
    ]

    /// The edges of ``fillers`` and of the words for roles.
    static let edgesOfFillers = WordEdges(Array(fillers) + roles.map(\.word))

    /// Says that one is too many.
    static let anys: Set<String> = ["any", "qualquer", "cualquiera", "任意"]

    /// Says that the next word is counted to be none.
    static let zeros: Set<String> = [
        "zero", "no", "0", "sem", "sin", "keine", "kein", "aucun", "aucune", "nenhum", "nenhuma",
        "ningún", "ninguna", "cero", "null", "zéro", "none",
    ]

    /// The same before a word, without a space.
    static let easternZeros: PhraseList = ["零", "无"]

    /// Verbs that may stand before a zero word.
    static let checks: Set<String> = [
        "verify", "validate", "confirm", "check", "ensure", "verificar", "validar", "confirmar",
        "vérifier", "prüfen", "completed", "with", "that", "there", "are", "is", "que", "shows",
        "show", "monitor", "passes", "passed", "complete",
    ]

    /// What is counted in checklists, by the beginning of the word.
    static let countables: PhraseList = [
        "error", "erro", "erreur", "fehler", "warning", "aviso", "warnung", "issue", "failure",
        "fail", "falha", "fallo", "bug", "alert", "incident", "secret", "inconsistenc", "downtime",
        "rollback", "problem", "transaction", "duplicate", "exception", "crash", "vulnerabilit",
        "conflict", "panic", "timeout", "leak", "violation", "orphan", "regressions", "defect",
        "finding", "message", "complaint", "ticket", "loss", "restart", "blocker", "outage",
    ]

    /// A comparison with another time, which no number states.
    static let relatives = [
        "increase", "increased", "degradation", "degraded", "regression", "decrease", "drop",
        "drops", "spike", "spikes", "slower", "worse", "baseline", "aumento", "degradação",
        "degradación", "augmentation", "dégradation", "anstieg", "höher", "verschlechterung",
        "change", "changes", "growth", "improved", "unusual",
    ]

    /// Headings under which a bare value is a bound.
    static let metricHeadings: PhraseList = [
        "target", "criteri", "metric", "métric", "kpi", "threshold", "success", "slo", "sla",
        "performance", "goal", "objetivo", "meta", "métrique", "ziel", "kennzahl", "指标", "目标",
        "目標", "閾値", "阈值", "成功", "benchmark", "monitoring", "go/no-go", "expected",
    ]

    /// Headings about what makes people roll back.
    private static let rollbackHeadings = PhraseList(rollbackPhrases)
    private static let rollbackPhrases = [
        "rollback", "roll back", "roll-back", "revert", "rückgängig", "annulation", "回滚",
        "ロールバック", "切り戻し", "retour arrière",
    ]

    /// Words that make a heading about rolling back one about its triggers, by their beginning.
    static let triggerWords: WordBeginnings = [
        "trigger", "criteri", "condition", "quando", "cuándo", "cuando", "gatilho", "condiç",
        "condicion", "wann", "wenn", "quand", "条件", "トリガー", "判断", "触发", "decision",
        "immediat", "automatic", "threshold",
    ]

    private static let triggers: WordBeginnings = ["trigger", "トリガー"]
    private static let stoppers: WordBeginnings = ["no-go", "stop", "abort"]
    private static let alerts: WordBeginnings = ["alert", "告警"]

    /// Whole words that say the same.
    static let conditionWords: Set<String> = ["if", "when", "any", "se", "si"]

    /// Beginnings of words in headings about what comes after a roll back, or after a release.
    static let verificationWords: WordBeginnings = [
        "verif", "valid", "post", "pós", "prüf", "检查", "検証", "確認", "success", "target",
    ]

    /// Beginnings of the names of metrics that are lengths of time.
    static let durations: PhraseList = [
        "latenc", "latên", "laten", "time", "duration", "response", "tempo", "tiempo", "temps",
        "durée", "antwortzeit", "dauer", "延迟", "响应", "応答",
    ]

    /// Says that a value stays what it was.
    static let lasting: Set<String> = ["still", "remains", "stays", "continua", "bleibt"]

    /// What a heading holds that decides about the role of its lines.
    private static let decisive = PhraseList(
        ["do not", "don't", "fail", "warn"] + rollbackPhrases + triggers.beginnings
            + verificationWords.beginnings + stoppers.beginnings + alerts.beginnings
    )

    /// The role of the lines under a heading, or `nil` when it decides nothing.
    static func role(ofHeading heading: String) -> ThresholdPhrase.Role? {
        guard decisive.occurInAnyCase(in: heading) else { return nil }
        let heading = heading.lowercased()
        let words = heading.words(of: [.letters, .hyphens])
        func starts(_ beginnings: WordBeginnings) -> Bool {
            words.contains(where: beginnings.begin)
        }
        let isCondition = words.contains { conditionWords.contains($0) } || starts(triggerWords)
        let isRollback = rollbackHeadings.occur(in: heading)
        if heading.holds("do not") || heading.holds("don't") {
            return isRollback ? .normal : isCondition ? .stop : nil
        }
        if isRollback, isCondition { return .rollbackTrigger }
        if starts(triggers) { return .rollbackTrigger }
        if starts(verificationWords) { return .target }
        if !heading.holds("go/no"), starts(stoppers) { return .stop }
        if starts(alerts) { return .alert }
        let isFailure = words.contains { ["fail", "failure", "warn", "warning"].contains($0) }
        return words.first == "on" && isFailure ? .alert : nil
    }

    /// Words between a number and a noun that are no noun.
    static let stops: Set<String> = [
        "in", "for", "over", "within", "after", "during", "of", "on", "at", "to", "and", "or",
        "from", "by", "per", "with", "the", "is", "are", "if", "when", "then", "dos", "das", "de",
        "del", "des", "der", "para", "por", "em", "en", "a", "o", "e", "y", "baseline", "about",
        "across", "away", "between", "until", "before", "pass", "stop", "under", "than",
    ]

    /// Words that start a window.
    static let windows: Set<String> = [
        "in", "for", "over", "within", "after", "during", "first", "em", "en", "por", "durante",
        "während", "pendant", "dans",
    ]

    /// What has versions rather than values.
    static let versioned: Set<String> = [
        "node", "nodejs", "node.js", "npm", "pnpm", "yarn", "python", "rust", "rustc", "go",
        "java", "jdk", "php", "ruby", "tls", "docker", "kubernetes", "postgres", "postgresql",
        "redis", "version", "versions", "versão", "versión", "solc", "swift", "xcode", "android",
        "ios", "sdk", "chrome", "safari", "firefox", "terraform", "cargo", "anchor", "hardhat",
    ]

    static func isActual(_ column: String) -> Bool {
        let words = column.lowercased().split { !$0.isLetter }.map(String.init)
        return words.contains { actualColumns.contains($0) } && role(of: column) == nil
    }

    private static let actualColumns: Set<String> = [
        "actual", "value", "current", "result", "status", "measured", "owner", "date", "notes",
        "atual", "ist", "実績", "実測", "当前", "action", "severity", "approver", "verified",
    ]

    /// The role of a column that holds bounds, or `nil` for other columns.
    static func role(of column: String) -> ThresholdPhrase.Role? {
        if alertColumns.occurInAnyCase(in: column) { return .alert }
        if triggerColumns.occurInAnyCase(in: column) {
            return column.lowercased().holds("rollback") ? .rollbackTrigger : .target
        }
        // "Target | Warning | Critical", one band a column.
        for word in column.lowercased().split(whereSeparator: { !$0.isLetter }) {
            if let role = role(ofWord: String(word)), role == .warning || role == .critical {
                return role
            }
        }
        return targetColumns.occurInAnyCase(in: column) ? .target : nil
    }

    private static let alertColumns: PhraseList = ["alert", "alarm", "告警"]
    private static let triggerColumns: PhraseList = ["rollback", "trigger", "トリガー", "閾値", "阈值"]
    private static let targetColumns: PhraseList = [
        "target", "threshold", "goal", "expected", "limit", "objetivo", "meta", "ziel", "目标",
        "目標", "slo", "objectif", "cible", "criteri", "required", "基準",
    ]
}
