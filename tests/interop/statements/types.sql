create database interop
use interop
create table every_type (ts timestamp, c_bool bool, c_tiny tinyint, c_small smallint, c_int int, c_big bigint, c_utiny tinyint unsigned, c_usmall smallint unsigned, c_uint int unsigned, c_ubig bigint unsigned, c_float float, c_double double, c_varchar varchar(20), c_nchar nchar(20), c_varbinary varbinary(20), c_geometry geometry(100), c_decimal decimal(10,4), c_long_decimal decimal(30,10))
insert into every_type values ('2024-01-01 00:00:00.001', true, -128, -32768, -2147483648, -9223372036854775808, 255, 65535, 4294967295, 18446744073709551615, 0.5, 0.1, 'text', 'Ελληνικά 数', '\x0001ff', 'POINT(1.5 -2.5)', 123456.7891, 12345678901234567890.0123456789)
insert into every_type values ('2024-01-01 00:00:00.002', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)
insert into every_type values ('2024-01-01 00:00:00.003', false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', '\x', 'POINT(0 0)', 0, -0.5)
select * from every_type order by ts
create stable tagged (ts timestamp, v int) tags (properties json)
insert into tagged_1 using tagged tags ('{"color":"red","size":2}') values ('2024-01-01 00:00:00', 1)
select ts, v, properties from tagged
create table blobs (ts timestamp, b blob)
insert into blobs values ('2024-01-01 00:00:00', '\x00ff10')
select * from blobs
drop database interop
create database interop precision 'ns'
use interop
create table fine (ts timestamp, v int)
insert into fine values ('2024-01-01 00:00:00.123456789', 1)
select * from fine
drop database interop
