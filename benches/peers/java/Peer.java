import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The official JDBC driver over WebSocket as a driver of the benchmark; steps and answers as in benches/README.md. It has no
 * bearer token: it logs in with user and password. Of a step it needs flat fields only, so it gets along without a JSON
 * library.
 */
public final class Peer {
    private interface Reader {
        long[] read(String sql) throws SQLException;
    }

    private static Connection connection;
    /** All that were opened: those before the last stay open. */
    private static final List<Connection> OPENED = new ArrayList<>();

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String step = lines.readLine(); step != null; step = lines.readLine()) {
            if (text(step, "op").equals("quit")) {
                break;
            }
            String answer;
            try {
                answer = "\"ok\":" + run(step);
            } catch (SQLException error) {
                answer = "\"error\":{\"code\":\"PEER\",\"message\":\"" + error.getMessage().replaceAll("[\"\\\\\n]", " ") + "\"}";
            }
            System.out.println("{\"id\":" + number(step, "id") + "," + answer + "}");
        }
        // The driver leaves threads behind that keep the process alive.
        System.exit(0);
    }

    private static String run(String step) throws SQLException {
        switch (text(step, "op") + " " + text(step, "workload")) {
            case "connect ":
                connection = open(step);
                OPENED.add(connection);
                return "{}";
            case "bench fetch-rows":
                return repeat(step, Peer::fetch);
            case "bench select-1":
                return repeat(step, Peer::one);
            case "bench connect":
                return connects(step);
            default:
                throw new SQLException("unknown step");
        }
    }

    private static Connection open(String step) throws SQLException {
        String host = text(step, "address").replace("wss://", "");
        return DriverManager.getConnection("jdbc:TAOS-WS://" + host + "/?user=root&password=taosdata&useSSL=true");
    }

    private static String repeat(String step, Reader reader) throws SQLException {
        StringJoiner ns = new StringJoiner(",", "[", "]");
        long[] read = {0, 0};
        for (long i = number(step, "times"); i > 0; i--) {
            long start = System.nanoTime();
            read = reader.read(text(step, "sql"));
            ns.add(Long.toString(System.nanoTime() - start));
        }
        return "{\"ns\":" + ns + ",\"rows\":" + read[0] + ",\"checksum\":\"" + String.format("%016x", read[1]) + "\"}";
    }

    private static long[] fetch(String sql) throws SQLException {
        long count = 0;
        long checksum = 0;
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                count++;
                checksum += rows.getTimestamp(1).getTime() + 2 * (long) (rows.getFloat(2) * 8) + 3L * rows.getInt(3)
                        + 4 * (long) (rows.getFloat(4) * 8);
                String name = rows.getString(5);
                for (int i = 0; i < name.length(); i++) {
                    checksum += 5 * name.charAt(i);
                }
            }
        }
        return new long[] {count, checksum};
    }

    private static long[] one(String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            long[] read = {0, 0};
            while (rows.next()) {
                read[0]++;
                read[1] = rows.getLong(1);
            }
            return read;
        }
    }

    private static String connects(String step) throws SQLException {
        StringJoiner ns = new StringJoiner(",", "[", "]");
        // One object for each connection that is wanted.
        String sql = text(step, "sql");
        int wanted = step.split("\"tls_ca\"", -1).length - 1;
        for (int i = 0; i < wanted; i++) {
            long start = System.nanoTime();
            Connection opened = open(step);
            if (!sql.isEmpty()) {
                firstRow(opened, sql);
            }
            ns.add(Long.toString(System.nanoTime() - start));
            opened.close();
        }
        return "{\"ns\":" + ns + "}";
    }

    private static void firstRow(Connection opened, String sql) throws SQLException {
        // Closed with the connection, when the time has been taken.
        ResultSet rows = opened.createStatement().executeQuery(sql);
        rows.next();
        rows.getLong(1);
    }

    private static String text(String step, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(step);
        return found.find() ? found.group(1) : "";
    }

    private static long number(String step, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":([0-9]+)").matcher(step);
        return found.find() ? Long.parseLong(found.group(1)) : 0;
    }
}
