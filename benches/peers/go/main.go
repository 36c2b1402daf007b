// The official Go driver (taosWS of driver-go) as a driver of the benchmark; steps and answers as in benches/README.md.
package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	_ "github.com/taosdata/driver-go/v3/taosWS"
)

type options struct {
	BearerToken string `json:"bearerToken"`
}

type step struct {
	ID       int       `json:"id"`
	Op       string    `json:"op"`
	Workload string    `json:"workload"`
	Address  string    `json:"address"`
	Options  options   `json:"options"`
	Each     []options `json:"each"`
	SQL      string    `json:"sql"`
	Times    int       `json:"times"`
}

type content struct {
	NS       []int64 `json:"ns,omitempty"`
	Rows     uint64  `json:"rows,omitempty"`
	Checksum string  `json:"checksum,omitempty"`
}

type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type answer struct {
	ID    int      `json:"id"`
	OK    *content `json:"ok,omitempty"`
	Error *failure `json:"error,omitempty"`
}

var db *sql.DB
var opened []*sql.DB

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s step
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if s.Op == "quit" {
			return
		}
		done, err := run(s)
		out := answer{ID: s.ID, OK: done}
		if err != nil {
			out = answer{ID: s.ID, Error: &failure{Code: "PEER", Message: err.Error()}}
		}
		text, _ := json.Marshal(out)
		fmt.Println(string(text))
	}
}

func run(s step) (*content, error) {
	switch s.Op + " " + s.Workload {
	case "connect ":
		var err error
		db, err = open(s.Address, s.Options)
		// Those before stay open.
		opened = append(opened, db)
		return &content{}, err
	case "bench fetch-rows":
		return repeat(s, fetch)
	case "bench select-1":
		return repeat(s, one)
	case "bench connect":
		return connects(s)
	}
	return nil, fmt.Errorf("unknown: %s %s", s.Op, s.Workload)
}

// One connection, logged in: sql.Open alone does not connect.
func open(address string, o options) (*sql.DB, error) {
	host := strings.TrimPrefix(address, "wss://")
	pool, err := sql.Open("taosWS", fmt.Sprintf("@wss(%s)/?bearerToken=%s", host, o.BearerToken))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	return pool, pool.Ping()
}

func repeat(s step, read func(string) (uint64, uint64, error)) (*content, error) {
	done := &content{}
	for i := 0; i < s.Times; i++ {
		start := time.Now()
		rows, checksum, err := read(s.SQL)
		if err != nil {
			return nil, err
		}
		done.NS = append(done.NS, time.Since(start).Nanoseconds())
		done.Rows, done.Checksum = rows, fmt.Sprintf("%016x", checksum)
	}
	return done, nil
}

func fetch(statement string) (count, checksum uint64, err error) {
	rows, err := db.Query(statement)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	var ts time.Time
	var current, phase float32
	var voltage int32
	var name string
	for rows.Next() {
		if err := rows.Scan(&ts, &current, &voltage, &phase, &name); err != nil {
			return 0, 0, err
		}
		count++
		checksum += uint64(ts.UnixMilli()) + 2*uint64(current*8) + 3*uint64(voltage) + 4*uint64(phase*8)
		for i := 0; i < len(name); i++ {
			checksum += 5 * uint64(name[i])
		}
	}
	return count, checksum, rows.Err()
}

func one(statement string) (count, checksum uint64, err error) {
	rows, err := db.Query(statement)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	var value int64
	for rows.Next() {
		if err := rows.Scan(&value); err != nil {
			return 0, 0, err
		}
		count++
	}
	return count, uint64(value), rows.Err()
}

func connects(s step) (*content, error) {
	done := &content{}
	for _, o := range s.Each {
		start := time.Now()
		opened, err := open(s.Address, o)
		if err == nil && s.SQL != "" {
			err = opened.QueryRow(s.SQL).Scan(new(int64))
		}
		if err != nil {
			return nil, err
		}
		done.NS = append(done.NS, time.Since(start).Nanoseconds())
		opened.Close()
	}
	return done, nil
}
