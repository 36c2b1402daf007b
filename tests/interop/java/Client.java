import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;

/**
 * The official JDBC driver over WebSocket against the server of a URL.
 *
 * <pre>
 * connect URL     logs in and asks for one value
 * run URL FILE    executes the statements of a file, one a line, on one connection
 * metadata URL    what tools such as SQL editors ask for
 * exec URL SQL    executes one statement
 * </pre>
 */
public final class Client {
    public static void main(String[] args) throws Exception {
        try (Connection connection = DriverManager.getConnection(args[1])) {
            switch (args[0]) {
                case "connect" -> execute(connection, "select 1");
                case "run" -> run(connection, Path.of(args[2]));
                case "metadata" -> metadata(connection);
                case "exec" -> execute(connection, args[2]);
                default -> throw new IllegalArgumentException(args[0]);
            }
        } catch (SQLException error) {
            print(error);
        }
        // The driver leaves threads behind that keep the process alive.
        System.out.flush();
        System.exit(0);
    }

    private static void run(Connection connection, Path file) throws Exception {
        for (String sql : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            System.out.println("> " + sql.substring(0, Math.min(60, sql.length())));
            try {
                execute(connection, sql);
            } catch (SQLException error) {
                print(error);
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                System.out.println("affected " + statement.getUpdateCount());
                return;
            }
            try (ResultSet rows = statement.getResultSet()) {
                show(rows);
            }
        }
    }

    private static void metadata(Connection connection) throws SQLException {
        System.out.println("valid " + connection.isValid(5));
        System.out.println("catalog " + connection.getCatalog());
        DatabaseMetaData metadata = connection.getMetaData();
        System.out.println("product " + metadata.getDatabaseProductName() + " " + metadata.getDatabaseProductVersion());
        System.out.println("user " + metadata.getUserName());
        System.out.println("catalogs");
        show(metadata.getCatalogs());
        System.out.println("tables");
        show(metadata.getTables("interop", null, "%", new String[] {"TABLE"}));
        System.out.println("super tables");
        show(metadata.getSuperTables("interop", null, "d1001"));
        System.out.println("columns");
        show(metadata.getColumns("interop", null, "meters", "%"));
        System.out.println("primary keys");
        show(metadata.getPrimaryKeys("interop", null, "meters"));
        System.out.println("result set");
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select * from interop.meters")) {
            ResultSetMetaData columns = rows.getMetaData();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                System.out.println(columns.getColumnName(i) + " " + columns.getColumnTypeName(i) + " "
                        + columns.getColumnType(i) + " " + columns.getColumnClassName(i) + " "
                        + columns.getColumnDisplaySize(i));
            }
        }
    }

    private static void show(ResultSet rows) throws SQLException {
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
            StringJoiner line = new StringJoiner(" | ");
            for (int i = 1; i <= columns; i++) {
                line.add(text(rows.getObject(i)));
            }
            System.out.println(line);
        }
    }

    private static String text(Object value) throws SQLException {
        if (value == null) {
            return "null";
        }
        if (value instanceof byte[] bytes) {
            return "bytes " + HexFormat.of().formatHex(bytes);
        }
        if (value instanceof Blob blob) {
            return "Blob " + HexFormat.of().formatHex(blob.getBytes(1, (int) blob.length()));
        }
        if (value instanceof Timestamp time) {
            return "Timestamp " + time.toInstant();
        }
        return value.getClass().getSimpleName() + " " + value;
    }

    private static void print(SQLException error) {
        System.out.println("SQLException 0x" + Integer.toHexString(error.getErrorCode()) + ": " + error.getMessage());
    }
}
