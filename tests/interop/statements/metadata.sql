create database interop
create stable interop.meters (ts timestamp, current float, voltage int) tags (location varchar(64), groupid int)
insert into interop.d1001 using interop.meters tags ('California.SanFrancisco', 2) values ('2024-01-01 00:00:00.000', 10.5, 219)
