// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// What a block of code is there for, and which commands destroy.
@Suite struct CodeUseTests {
    private func code(_ lines: String, _ language: String) throws -> ChecklistDocument.CodeLine {
        let text = "# Bakery\n\n- [ ] Bake\n\n  ```\(language)\n"
        let body = lines.split(separator: "\n").map { "  \($0)\n" }.joined()
        return try #require(try read(text + body + "  ```\n").codeLines.first)
    }

    @Test(arguments: [
        ("bash", "# Warm the oven\nmake oven"), ("sh", "OVEN=$(ovenctl id)"),
        ("bash", "export OVEN=$(ovenctl id --first)"), ("bash", "OVEN=2 ovenctl warm"),
        ("bash", "psql -c \"\nSELECT count(*) FROM loaves\n\""), ("", "git push origin main"),
        ("bash", "cat <<END | ovenctl load\nSELECT the rye\nEND"), ("sql", "SELECT 1;"),
        ("bash", "echo 'don\\'t' # it's hot\novenctl list"), ("bash", "7z x loaves.7z"),
    ])
    func whatAShellCanRunIsExecutable(language: String, lines: String) throws {
        #expect(try code(lines, language).use == .executable)
    }

    @Test(arguments: [
        ("bash", "# Open the door\n# Look inside"), ("sql", "-- Ask the baker"),
        ("bash", "[ ] ovenctl warm\n[ ] Look inside"), ("", "1. Knead\n2. Wait\n3. Bake"),
        ("", "[Step 1] Knead\n  by: the baker"), ("bash", "mysql -p\nUPDATE loaves SET hot = 1;"),
        ("bash", "redis-cli\nDEL loaves"), ("sh", "ovenctl console\noven(main)> warm()"),
    ])
    func whatAPersonDoesIsInstructions(language: String, lines: String) throws {
        let document = try read(
            "# Bakery\n\n- [ ] Bake\n\n  ```\(language)\n"
                + lines.split(separator: "\n").map { "  \($0)\n" }.joined() + "  ```\n"
        )
        #expect(document.codeLines.map(\.use) == [.instructions])
        #expect(document.checklist.items.allSatisfy { $0.offers.isEmpty })
    }

    @Test(arguments: [
        ("bash", "# .env\nOVEN_URL=http://oven\nOVEN_KEY=<key>"), ("env", "A=1"),
        ("", "OVEN_URL=x\nLOAVES=12"), ("bash", "OVEN_URL  # where it is\nOVEN_KEY"),
        ("bash", "export OVEN_ID=C..."),
    ])
    func settingsAreEnvironment(language: String, lines: String) throws {
        #expect(try code(lines, language).use == .environment)
    }

    @Test(arguments: [
        ("", "oven.temperature.high"), ("text", "loaves/rye.json\nloaves/oat.json"),
        ("", "State: hot\nLoaves: 12"), ("json", "{\"hot\": true}"), ("bash", "rye\noat\nspelt-2"),
        ("bash", "{\"hot\": true}"), ("bash", "├─ rye\n└─ oat"),
    ])
    func whatIsReadIsOutput(language: String, lines: String) throws {
        let code = try code(lines, language)
        #expect(code.use == .output && !code.isDestructive)
    }

    @Test(arguments: [
        "rm -rf build", "rm -r build", "sudo rm --force x", "git push --force origin main",
        "git push -f", "git push origin :old", "git push origin +main", "git reset --hard HEAD~1",
        "git clean -fdx", "git filter-repo --path x --invert-paths", "kubectl delete pod oven",
        "terraform destroy -auto-approve", "terraform apply -destroy", "helm uninstall oven",
        "docker system prune -a", "docker compose down -v", "docker volume rm loaves",
        "psql -c \"DROP TABLE loaves\"", "psql -c 'delete from loaves'", "dropdb bakery",
        "TRUNCATE TABLE loaves", "redis-cli FLUSHALL", "find . -name '*.old' -delete",
        "aws s3 rm s3://loaves --recursive", "aws rds delete-db-instance --id x",
        "npx prisma migrate reset", "bin/rails db:drop", "heroku pg:reset", "mkfs.ext4 /dev/sdb",
        "dd if=/dev/zero of=/dev/sdb", "curl -X DELETE http://oven/loaves", "npm unpublish oven",
        "echo start && rm -f *.db",
    ])
    func whatDestroysIsMarked(line: String) throws {
        #expect(try code(line, "bash").isDestructive)
    }

    @Test(arguments: [
        "docker run --rm oven", "npm run clean", "git push origin main", "git reset HEAD x",
        "docker compose down", "git rm --cached x", "kubectl get pods", "terraform plan",
        "grep -rf words x", "echo format", "npm run test:delete", "git clean -n",
        "make confirm", "rm oven.log", "docker-compose rm -f oven",
    ])
    func whatDoesNotDestroyIsNotMarked(line: String) throws {
        #expect(try !code(line, "bash").isDestructive)
    }

    @Test func aFenceOfCommentsIsNoCommandEvenWhenItIsDeclared() throws {
        #expect(throws: DocumentError.self) {
            try read(
                """
                # Bakery
                - [ ] Look inside <!-- deploykit: kind=command effect=none -->
                  ```bash
                  # Open the door
                  ```
                """
            )
        }
    }
}
