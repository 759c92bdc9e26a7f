// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/// The open SQLite file: migrated on opening, written by one thread, read by a few connections that see the last commit.
public final class Database implements AutoCloseable {
    private static final int READERS = 4;
    private static final int BUSY_MILLISECONDS = 10_000;

    private final SQLiteDataSource source;
    private final WriteQueue writes;
    private final BlockingQueue<Handle> readers = new ArrayBlockingQueue<>(READERS);

    private Database(SQLiteDataSource source) throws SQLException {
        this.source = source;
        this.writes = new WriteQueue(new Session(source.getConnection()));
        Jdbi jdbi = Jdbi.create(source);
        for (int i = 0; i < READERS; i++) {
            Handle reader = jdbi.open();
            reader.execute("PRAGMA query_only = true");
            readers.add(reader);
        }
    }

    /// @throws StoreException if the file cannot be opened, or was written by a newer version
    public static Database open(Path file) {
        SqliteLibrary.prepare();
        SQLiteDataSource source = new SQLiteDataSource(config());
        source.setUrl("jdbc:sqlite:" + file);
        try {
            Flyway.configure(Database.class.getClassLoader())
                    .dataSource(source)
                    .locations("classpath:db/migration")
                    .load()
                    .migrate();
            return new Database(source);
        } catch (SQLException | RuntimeException e) {
            throw new StoreException("Cannot open the store " + file + ": " + e.getMessage(), e);
        }
    }

    private static SQLiteConfig config() {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(BUSY_MILLISECONDS);
        config.setCacheSize(-32_768);
        config.setTempStore(SQLiteConfig.TempStore.MEMORY);
        return config;
    }

    /// A copy of everything committed, consistent while others go on writing.
    ///
    /// @param file must not exist yet
    public void backUpTo(Path file) {
        try (Connection connection = source.getConnection();
                var statement = connection.prepareStatement("VACUUM INTO ?")) {
            statement.setString(1, file.toString());
            statement.execute();
        } catch (SQLException e) {
            throw new StoreException("Cannot back the store up to " + file + ": " + e.getMessage(), e);
        }
    }

    <T> CompletableFuture<T> write(Durability durability, WriteQueue.Transaction<T> transaction) {
        return writes.submit(durability, transaction);
    }

    <T> T read(Function<Handle, T> query) {
        Handle reader = take();
        try {
            return query.apply(reader);
        } finally {
            readers.add(reader);
        }
    }

    /// How many transactions were committed since opening.
    public long commits() {
        return writes.commits();
    }

    /// Whether the last transaction could be committed.
    public boolean canWrite() {
        return writes.canWrite();
    }

    /// Writes a page that changes nothing, to find out whether that is possible again.
    public void tryToWrite() {
        var _ =
                write(
                        Durability.SYNCED,
                        session -> {
                            session.execute("PRAGMA user_version = 0");
                            return true;
                        });
    }

    private Handle take() {
        try {
            return readers.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("Interrupted while waiting to read the store.", e);
        }
    }

    /// What was submitted is still written.
    @Override
    public void close() {
        writes.close();
        for (int i = 0; i < READERS; i++) {
            take().close();
        }
    }
}
