//! Makes up statements: most of them valid, some not, over a handful of tables that come and go.

use seeds::Random;

const TABLES: [&str; 4] = ["alpha", "beta", "gamma", "delta"];
const COLUMNS: [&str; 5] = ["id", "a", "b", "c", "d"];

/// What one database is told, statement after statement.
pub(crate) struct Generator {
    random: Random,
    /// Counts what is created, so that names do not meet by accident only.
    created: u64,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            created: 0,
        }
    }

    /// What every database begins with.
    pub(crate) fn start() -> [&'static str; 5] {
        [
            "CREATE TABLE alpha (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL, d BLOB)",
            "CREATE TABLE beta (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER, b TEXT COLLATE NOCASE, c, d)",
            "CREATE TABLE gamma (id INTEGER NOT NULL, a, b TEXT DEFAULT 'none', c, d, PRIMARY KEY (id, a)) WITHOUT ROWID",
            "CREATE TABLE delta (id INT, a INT, b TEXT, c ANY, d ANY) STRICT",
            "CREATE INDEX i0 ON alpha (a, b)",
        ]
    }

    /// Whether the database is closed and opened again before the next statement.
    pub(crate) fn reopens(&mut self, every: u64) -> bool {
        self.random.one_in(every)
    }

    pub(crate) fn statement(&mut self) -> String {
        match self.random.below(100) {
            0..6 => self.definition(),
            6..34 => self.insert(),
            34..46 => self.update(),
            46..53 => self.delete(),
            53..80 => self.select(),
            80..90 => self.transaction(),
            90..96 => self.maintenance(),
            _ => self.mistake(),
        }
    }

    fn table(&mut self) -> &'static str {
        self.random.pick(&TABLES)
    }

    fn column(&mut self) -> &'static str {
        self.random.pick(&COLUMNS)
    }

    fn definition(&mut self) -> String {
        self.created += 1;
        let (table, column, number) = (self.table(), self.column(), self.created);
        match self.random.below(12) {
            0..4 => {
                let shape = self.random.pick(&[
                    "(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL, d BLOB)",
                    "(id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER CHECK (a <> 13), b TEXT COLLATE NOCASE, c, d)",
                    "(id INTEGER NOT NULL, a, b TEXT DEFAULT 'none', c UNIQUE, d, PRIMARY KEY (id, a)) WITHOUT ROWID",
                    "(id INT, a INT, b TEXT, c GENERATED ALWAYS AS (a * 2) STORED, d ANY) STRICT",
                    "(id INTEGER PRIMARY KEY, a INTEGER REFERENCES alpha (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, b, c, d)",
                ]);
                format!("CREATE TABLE IF NOT EXISTS {table} {shape}")
            }
            4..6 => format!("CREATE INDEX i{number} ON {table} ({column}, length(b))"),
            6 => format!(
                "CREATE UNIQUE INDEX u{number} ON {table} (id, {column}) WHERE {column} > 10"
            ),
            7 => format!(
                "CREATE VIEW v{number} AS SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL"
            ),
            8 => format!(
                "CREATE TRIGGER t{number} AFTER UPDATE OF {column} ON {table} BEGIN DELETE FROM beta WHERE id = old.id + 1; END"
            ),
            9 => format!("ALTER TABLE {table} ADD COLUMN e{number} DEFAULT 'e{number}'"),
            10 => format!("DROP TABLE IF EXISTS {table}"),
            _ => format!("DROP INDEX IF EXISTS i{}", self.random.below(number)),
        }
    }

    fn value(&mut self) -> String {
        match self.random.below(14) {
            0 => "NULL".to_owned(),
            1..5 => self.random.below(40).to_string(),
            5 => format!("-{}", self.random.below(1 << 40)),
            6 => format!("{}.{}", self.random.below(1000), self.random.below(100_000)),
            // Not the largest: as a rowid it makes SQLite choose the next one at random.
            7 => "9223372036854000000".to_owned(),
            8 => format!(
                "'{}'",
                "word ".repeat(usize::try_from(self.random.below(30)).unwrap_or_default())
            ),
            9 => format!("'text-{}'", self.random.below(100)),
            10 => format!("x'{:08x}'", self.random.below(1 << 32)),
            // Overflow pages.
            11 => format!("zeroblob({})", self.random.below(20_000)),
            12 => format!("printf('%.*c', {}, 'q')", self.random.below(9_000)),
            _ => format!("'it''s \u{1f600} {}'", self.random.below(10)),
        }
    }

    fn condition(&mut self) -> String {
        let column = self.column();
        match self.random.below(8) {
            0 => format!("{column} IS NULL"),
            1 => format!(
                "{column} BETWEEN {} AND {}",
                self.random.below(20),
                self.random.below(60)
            ),
            2 => format!(
                "{column} IN ({}, {}, {})",
                self.value(),
                self.value(),
                self.value()
            ),
            3 => format!("{column} LIKE '%{}%'", self.random.below(10)),
            4 => format!("length({column}) > {}", self.random.below(5000)),
            5 => format!(
                "id IN (SELECT id FROM {} WHERE a < {})",
                self.table(),
                self.random.below(30)
            ),
            6 => format!("{column} > {} AND b IS NOT NULL", self.value()),
            _ => format!("id = {}", self.random.below(60)),
        }
    }

    fn insert(&mut self) -> String {
        let table = self.table();
        let or = self.random.pick(&[
            "",
            "",
            "",
            "OR REPLACE ",
            "OR IGNORE ",
            "OR ROLLBACK ",
            "OR FAIL ",
        ]);
        match self.random.below(10) {
            0..5 => {
                let rows: Vec<String> = (0..=self.random.below(4))
                    .map(|_| {
                        format!(
                            "({}, {}, {}, {})",
                            self.random.below(80),
                            self.value(),
                            self.value(),
                            self.value()
                        )
                    })
                    .collect();
                format!(
                    "INSERT {or}INTO {table} (id, a, b, d) VALUES {}",
                    rows.join(", ")
                )
            }
            5 => {
                let (id, value) = (self.random.below(80), self.value());
                format!(
                    "INSERT INTO {table} (id, a) VALUES ({id}, 5) ON CONFLICT (id) DO UPDATE SET b = {value}"
                )
            }
            6 => {
                let (from, condition) = (self.table(), self.condition());
                format!(
                    "INSERT {or}INTO {table} (id, a, b) SELECT id + 100, a, b FROM {from} WHERE {condition}"
                )
            }
            7 => {
                let (rows, size) = (self.random.below(300), self.random.below(900));
                format!(
                    "INSERT {or}INTO {table} (id, a, d) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {rows}) SELECT i, i % 17, zeroblob({size}) FROM n"
                )
            }
            8 => format!("INSERT {or}INTO {table} DEFAULT VALUES"),
            _ => format!(
                "INSERT {or}INTO {table} (id, b, d) VALUES ({}, {}, {}) RETURNING *",
                self.random.below(200),
                self.value(),
                self.value()
            ),
        }
    }

    fn update(&mut self) -> String {
        let (table, column, condition) = (self.table(), self.column(), self.condition());
        let value = match self.random.below(4) {
            0 => format!("{} || {}", self.column(), self.value()),
            1 => format!("{} + 1", self.column()),
            _ => self.value(),
        };
        let or = self.random.pick(&["", "", "OR IGNORE ", "OR REPLACE "]);
        let returning = if self.random.one_in(6) {
            " RETURNING id, a"
        } else {
            ""
        };
        format!("UPDATE {or}{table} SET {column} = {value} WHERE {condition}{returning}")
    }

    fn delete(&mut self) -> String {
        let (table, condition) = (self.table(), self.condition());
        if self.random.one_in(8) {
            format!("DELETE FROM {table}")
        } else {
            format!("DELETE FROM {table} WHERE {condition}")
        }
    }

    fn select(&mut self) -> String {
        let (table, column, condition) = (self.table(), self.column(), self.condition());
        match self.random.below(10) {
            0..3 => format!("SELECT * FROM {table} WHERE {condition}"),
            3 => format!(
                "SELECT {column}, count(*), sum(a), min(b), max(length(d)) FROM {table} GROUP BY 1 ORDER BY 2 DESC, 1"
            ),
            4 => {
                let other = self.table();
                format!(
                    "SELECT x.id, y.a, x.b FROM {table} x LEFT JOIN {other} y ON x.a = y.id WHERE x.id < 40 ORDER BY 1, 2, 3 LIMIT 50"
                )
            }
            5 => format!(
                "SELECT id, sum(a) OVER (PARTITION BY {column} ORDER BY id ROWS 3 PRECEDING) FROM {table} ORDER BY id DESC LIMIT 40"
            ),
            6 => {
                let other = self.table();
                format!(
                    "SELECT {column} FROM {table} UNION SELECT b FROM {other} EXCEPT SELECT c FROM {table} ORDER BY 1"
                )
            }
            7 => format!(
                "SELECT count(*), total(a), avg(c), group_concat(substr(b, 1, 3)) FROM {table} WHERE {condition}"
            ),
            8 => format!(
                "SELECT id FROM {table} WHERE EXISTS (SELECT 1 FROM {} o WHERE o.a = {table}.{column}) ORDER BY {column} DESC, id",
                self.table()
            ),
            _ => "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid".to_owned(),
        }
    }

    fn transaction(&mut self) -> String {
        self.random
            .pick(&[
                "BEGIN",
                "BEGIN IMMEDIATE",
                "BEGIN EXCLUSIVE",
                "COMMIT",
                "COMMIT",
                "COMMIT",
                "ROLLBACK",
                "SAVEPOINT s",
                "RELEASE s",
                "ROLLBACK TO s",
            ])
            .to_owned()
    }

    fn maintenance(&mut self) -> String {
        match self.random.below(8) {
            0 => "VACUUM".to_owned(),
            1 => "REINDEX".to_owned(),
            2 => "ANALYZE".to_owned(),
            3 => format!("PRAGMA user_version = {}", self.random.below(100)),
            4 => "PRAGMA integrity_check".to_owned(),
            5 => format!("PRAGMA table_info({})", self.table()),
            6 => "PRAGMA foreign_key_check".to_owned(),
            _ => "SELECT page_count > 0 FROM pragma_page_count".to_owned(),
        }
    }

    fn mistake(&mut self) -> String {
        let table = self.table();
        match self.random.below(6) {
            0 => format!("SELECT missing FROM {table}"),
            1 => format!("INSERT INTO {table} VALUES (1)"),
            2 => "SELEC 1".to_owned(),
            3 => "INSERT INTO nowhere VALUES (1)".to_owned(),
            4 => format!("SELECT abs(-9223372036854775808) FROM {table}"),
            _ => "RELEASE never".to_owned(),
        }
    }
}
