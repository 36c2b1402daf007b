// The official Go driver (taosWS of driver-go) against the server of a DSN.
//
//	connect DSN     logs in and asks for one value
//	run DSN FILE    executes the statements of a file, one a line, on one connection
//	metadata DSN    what database/sql tells of columns
//	exec DSN SQL    executes one statement
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	taoserrors "github.com/taosdata/driver-go/v3/errors"
	_ "github.com/taosdata/driver-go/v3/taosWS"
)

func main() {
	if err := dispatch(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		printError(err)
	}
}

func dispatch(command, dsn string, rest []string) error {
	db, err := sql.Open("taosWS", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	switch command {
	case "connect":
		return query(db, "select 1")
	case "run":
		return run(db, rest[0])
	case "metadata":
		return metadata(db)
	case "exec":
		return execute(db, rest[0])
	}
	return fmt.Errorf("unknown command %s", command)
}

// A pool or one of its connections.
type runner interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func run(db *sql.DB, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	// One connection, so that `use` holds.
	connection, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer connection.Close()
	for _, statement := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		fmt.Printf("> %.60s\n", statement)
		switch strings.Fields(statement)[0] {
		case "select", "selec", "show", "describe":
			err = query(connection, statement)
		default:
			err = execute(connection, statement)
		}
		if err != nil {
			printError(err)
		}
	}
	return nil
}

func metadata(db *sql.DB) error {
	rows, err := db.Query("select * from interop.meters")
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	for _, column := range columns {
		length, hasLength := column.Length()
		nullable, _ := column.Nullable()
		fmt.Println(column.Name(), column.DatabaseTypeName(), column.ScanType(), length, hasLength, nullable)
	}
	var location string
	err = db.QueryRow("select location from interop.meters where voltage = ?", 219).Scan(&location)
	fmt.Println("interpolated parameter:", location)
	return err
}

func execute(r runner, statement string) error {
	result, err := r.ExecContext(context.Background(), statement)
	if err != nil {
		return err
	}
	affected, err := result.RowsAffected()
	fmt.Println("affected", affected)
	return err
}

func query(r runner, statement string) error {
	rows, err := r.QueryContext(context.Background(), statement)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]any, len(columns))
	places := make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = text(value)
		}
		fmt.Println(strings.Join(texts, " | "))
	}
	return rows.Err()
}

func text(value any) string {
	switch value := value.(type) {
	case nil:
		return "nil"
	case time.Time:
		return "time " + value.UTC().Format(time.RFC3339Nano)
	case []byte:
		return fmt.Sprintf("bytes %x", value)
	default:
		return fmt.Sprintf("%T %v", value, value)
	}
}

func printError(err error) {
	var taos *taoserrors.TaosError
	if errors.As(err, &taos) {
		fmt.Printf("TaosError 0x%x: %s\n", taos.Code, taos.ErrStr)
		return
	}
	fmt.Println("error:", err)
}
