-- A record store of version 1, as its code made it; synthetic people.
BEGIN TRANSACTION;
CREATE TABLE facts (
	id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	patient_id VARCHAR NOT NULL, 
	record_id VARCHAR NOT NULL, 
	system VARCHAR NOT NULL, 
	document_kind VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	label VARCHAR NOT NULL, 
	codes VARCHAR NOT NULL, 
	first_day VARCHAR, 
	last_day VARCHAR, 
	sort VARCHAR NOT NULL, 
	withdrawn BOOLEAN NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE CASCADE
);
INSERT INTO "facts" VALUES(1,1,'p-fc9b171f97ac0279644d70f5','r-ins','tests','hospital_report','laboratory','k','|K|','2024-03-01','2024-03-01','2024-03-01T09:00:00.000000~6',0,'{"id":"r-ins/1/0","kind":"laboratory","label":"K","codes":[{"system":"LOINC","code":"K","display":""}],"value":{"type":"quantity","magnitude":"5.4","unit":"mmol/L","comparator":null},"effective":"2024-03-01T10:00:00+01:00","effective_end":null,"status":"final","certainty":"present","subject":"patient","interpretation":null,"reference_range":null,"details":[],"heading":[],"extracted":false,"locator":{"system":"tests","record_id":"r-ins","version":"1","path":"/content","text_version":"tests@v1","page":null,"start":0,"end":22,"quote":"Potassium : 5,4 mmol/L","sha256":"a7055ff6a919a92a4000773ff93f8576a9e92382effa292eb2155f6d37625076"}}');
CREATE TABLE file_records (
	path VARCHAR NOT NULL, 
	record_id VARCHAR NOT NULL, 
	patient_id VARCHAR NOT NULL, 
	PRIMARY KEY (path, record_id), 
	FOREIGN KEY(path) REFERENCES files (path) ON DELETE CASCADE
);
INSERT INTO "file_records" VALUES('/in/a','r-ins','p-fc9b171f97ac0279644d70f5');
CREATE TABLE files (
	path VARCHAR NOT NULL, 
	system VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	reading VARCHAR NOT NULL, 
	documents INTEGER NOT NULL, 
	quarantined INTEGER NOT NULL, 
	PRIMARY KEY (path)
);
INSERT INTO "files" VALUES('/in/a','s','0','x',1,0);
CREATE TABLE ingest_runs (
	id INTEGER NOT NULL, 
	started VARCHAR NOT NULL, 
	finished VARCHAR, 
	state VARCHAR NOT NULL, 
	report TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE meta (
	name VARCHAR NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema_version','1');
CREATE TABLE outbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	action VARCHAR NOT NULL, 
	record_id VARCHAR NOT NULL, 
	version VARCHAR, 
	patient_id VARCHAR NOT NULL
);
INSERT INTO "outbox" VALUES(1,'record','r-ins','1','p-fc9b171f97ac0279644d70f5');
INSERT INTO "outbox" VALUES(2,'record','r-ehr','1','ehr-1');
INSERT INTO "outbox" VALUES(3,'record','r-p2','1','p2');
INSERT INTO "outbox" VALUES(4,'record','r-p2','2','p2');
CREATE TABLE passages (
	id VARCHAR NOT NULL, 
	version_id INTEGER NOT NULL, 
	patient_id VARCHAR NOT NULL, 
	record_id VARCHAR NOT NULL, 
	system VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	first_day VARCHAR, 
	last_day VARCHAR, 
	sort VARCHAR NOT NULL, 
	place INTEGER NOT NULL, 
	withdrawn BOOLEAN NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE CASCADE
);
INSERT INTO "passages" VALUES('d62194bc0e799e1550a28b5716ae5cf8',1,'p-fc9b171f97ac0279644d70f5','r-ins','tests','hospital_report','2024-03-01','2024-03-01','2024-03-01T09:00:00.000000~6',0,0,'{"id":"d62194bc0e799e1550a28b5716ae5cf8","text":"Compte rendu (2024-03-01)\nPotassium : 5,4 mmol/L","heading":[],"kind":"hospital_report","title":"Compte rendu","effective":"2024-03-01T10:00:00+01:00","status":"final","narrative":true,"locator":{"system":"tests","record_id":"r-ins","version":"1","path":"/content","text_version":"tests@v1","page":null,"start":0,"end":22,"quote":"Potassium : 5,4 mmol/L","sha256":"a7055ff6a919a92a4000773ff93f8576a9e92382effa292eb2155f6d37625076"}}');
INSERT INTO "passages" VALUES('4bc26822673a133dda50efed3ac295f8',2,'ehr-1','r-ehr','tests','hospital_report','2024-03-01','2024-03-01','2024-03-01T09:00:00.000000~6',0,0,'{"id":"4bc26822673a133dda50efed3ac295f8","text":"Compte rendu (2024-03-01)\nAllergie : pénicilline","heading":[],"kind":"hospital_report","title":"Compte rendu","effective":"2024-03-01T10:00:00+01:00","status":"final","narrative":true,"locator":{"system":"tests","record_id":"r-ehr","version":"1","path":"/content","text_version":"tests@v1","page":null,"start":0,"end":22,"quote":"Allergie : pénicilline","sha256":"d868095bb5544e58730844b8c17da404325a2e4f59eca59775abe46e7cb27526"}}');
INSERT INTO "passages" VALUES('1044adb9e6017a2a5513313a97d7831c',4,'p2','r-p2','tests','hospital_report','2024-03-01','2024-03-01','2024-03-01T09:00:00.000000~6',0,0,'{"id":"1044adb9e6017a2a5513313a97d7831c","text":"Compte rendu (2024-03-01)\naprès","heading":[],"kind":"hospital_report","title":"Compte rendu","effective":"2024-03-01T10:00:00+01:00","status":"final","narrative":true,"locator":{"system":"tests","record_id":"r-p2","version":"2","path":"/content","text_version":"tests@v1","page":null,"start":0,"end":5,"quote":"après","sha256":"e3ea6e68a59faa228352482425956b1b191d5a317c189db3fb7b0d819cb810d2"}}');
CREATE TABLE patient_identifiers (
	patient_id VARCHAR NOT NULL, 
	system VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	status VARCHAR, 
	PRIMARY KEY (patient_id, system, value), 
	FOREIGN KEY(patient_id) REFERENCES patients (id) ON DELETE CASCADE
);
INSERT INTO "patient_identifiers" VALUES('p-fc9b171f97ac0279644d70f5','INS','255081416802538','qualified');
INSERT INTO "patient_identifiers" VALUES('ehr-1','INS','255081416802538','qualified');
CREATE TABLE patients (
	id VARCHAR NOT NULL, 
	data TEXT NOT NULL, 
	search TEXT NOT NULL, 
	sort TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "patients" VALUES('p-fc9b171f97ac0279644d70f5','{"id":"p-fc9b171f97ac0279644d70f5","name":"","family_name":"MARTIN","birth_name":"DUPONT","given_names":"Marie","birth_date":"1951-07-04","sex":"female","identity_status":"provisional","identifiers":[{"system":"INS","value":"255081416802538","status":"qualified"}]}','martin dupont marie p-fc9b171f97ac0279644d70f5 1951-07-04 04/07/1951 255081416802538','martin marie1951-07-03T23:00:00.000000~3');
INSERT INTO "patients" VALUES('ehr-1','{"id":"ehr-1","name":"DUPONT Marie","family_name":"MARTIN","birth_name":"DUPONT","given_names":"Marie","birth_date":"1951-07-04","sex":"female","identity_status":"provisional","identifiers":[{"system":"INS","value":"255081416802538","status":"qualified"}]}','dupont marie martin dupont marie ehr-1 1951-07-04 04/07/1951 255081416802538','martin marie1951-07-03T23:00:00.000000~3');
INSERT INTO "patients" VALUES('p2','{"id":"p2","name":"PETIT Jean","family_name":"PETIT","birth_name":"","given_names":"Jean","birth_date":"1960-01-31","sex":"male","identity_status":"provisional","identifiers":[]}','petit jean petit jean p2 1960-01-31 31/01/1960','petit jean1960-01-30T23:00:00.000000~3');
CREATE TABLE quarantine (
	id VARCHAR NOT NULL, 
	record_id VARCHAR NOT NULL, 
	version VARCHAR NOT NULL, 
	system VARCHAR NOT NULL, 
	title TEXT NOT NULL, 
	claimed VARCHAR, 
	reason TEXT NOT NULL, 
	arrived VARCHAR NOT NULL, 
	document BLOB NOT NULL, 
	raw BLOB NOT NULL, 
	raw_sha256 VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "quarantine" VALUES('4b57d47723be78f9db521d0199540621','q-ins','1','tests','Compte rendu','INS|255081416802538','whose is it','2026-11-28T17:07:48.172+00:00',X'789C4D50CB4EC33010FC95CA5752D5E903AA5C40E2C4850BDC50156D934DB3AA63A7F6BA5095FE0BFFC28FB14E2A40B22CCFCC8E3D9EB3AA5CD7BB404CCEAAE2AC3C56CED725D5AA508729D9A03275441F0659E57FA8B4B1DBA257858DC6642A9C026327238C8193694F36DDD1BAD01383293DF6CEB3084C6C509447799871E2D1D65168F0558B7CEA9324D080DD45D85D11446E9D1FCF0D5464884F23C2A6C18AE99806E77ABE9CEAC554E7AFB92E745A373A97FDFF5C8929D7185AFEDE1133FE1281816390AB1AB260C4D603135A2E5BB22CF4D3F3CBE77CB5D2EB7C99DFAEF57CB558AB4BA63AAC09CA6B78C60F9EF506C8A6CF0A10EEFB6B728834B9BF32E55FA3435D0FC754ECD6B86A2F8FBF9D530EE9AAD0923BA5BDCB548B5093DD89BA1952B5E29D55CEB2A413AF05EF61AC817DC4CB66E889C338FF0EDE8A7940971FB266A2D8',X'789C3BBC40A1B03453C11E0011030332','d0eee389299d8576a9174dfe1fb7a32dfead0497f14854f8133173c0f70e746a');
CREATE TABLE records (
	record_id VARCHAR NOT NULL, 
	patient_id VARCHAR NOT NULL, 
	system VARCHAR NOT NULL, 
	arrived VARCHAR NOT NULL, 
	PRIMARY KEY (record_id), 
	FOREIGN KEY(patient_id) REFERENCES patients (id)
);
INSERT INTO "records" VALUES('r-ins','p-fc9b171f97ac0279644d70f5','tests','2026-11-28T17:07:48.116+00:00');
INSERT INTO "records" VALUES('r-ehr','ehr-1','tests','2026-11-28T17:07:48.150+00:00');
INSERT INTO "records" VALUES('r-p2','p2','tests','2026-11-28T17:07:48.162+00:00');
CREATE TABLE rejections (
	id INTEGER NOT NULL, 
	path VARCHAR NOT NULL, 
	record_id VARCHAR NOT NULL, 
	patient_id VARCHAR, 
	file TEXT NOT NULL, 
	place TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	arrived VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "rejections" VALUES(1,'/in/a','f','p-fc9b171f97ac0279644d70f5','a','','bad','2026-11-28T17:07:48.190+00:00');
CREATE TABLE sources (
	system VARCHAR NOT NULL, 
	last_attempt VARCHAR, 
	last_success VARCHAR, 
	cursor TEXT, 
	PRIMARY KEY (system)
);
CREATE TABLE texts (
	version_id INTEGER NOT NULL, 
	text_version VARCHAR NOT NULL, 
	text TEXT NOT NULL, 
	blocks TEXT NOT NULL, 
	warnings TEXT NOT NULL, 
	PRIMARY KEY (version_id, text_version), 
	FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE CASCADE
);
INSERT INTO "texts" VALUES(1,'tests@v1','Potassium : 5,4 mmol/L','[{"start":0,"end":22,"heading":[],"path":"/content","narrative":true}]','');
INSERT INTO "texts" VALUES(2,'tests@v1','Allergie : pénicilline','[{"start":0,"end":22,"heading":[],"path":"/content","narrative":true}]','');
INSERT INTO "texts" VALUES(3,'tests@v1','avant','[{"start":0,"end":5,"heading":[],"path":"/content","narrative":true}]','');
INSERT INTO "texts" VALUES(4,'tests@v1','après','[{"start":0,"end":5,"heading":[],"path":"/content","narrative":true}]','');
CREATE TABLE versions (
	id INTEGER NOT NULL, 
	record_id VARCHAR NOT NULL, 
	patient_id VARCHAR NOT NULL, 
	version VARCHAR NOT NULL, 
	version_number INTEGER, 
	committed VARCHAR, 
	arrived VARCHAR NOT NULL, 
	current BOOLEAN NOT NULL, 
	withdrawn BOOLEAN NOT NULL, 
	system VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	first_day VARCHAR, 
	last_day VARCHAR, 
	sort VARCHAR NOT NULL, 
	text_version VARCHAR NOT NULL, 
	blank BOOLEAN NOT NULL, 
	composition TEXT NOT NULL, 
	media_type VARCHAR NOT NULL, 
	codec VARCHAR NOT NULL, 
	raw BLOB NOT NULL, 
	raw_sha256 VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (record_id, version), 
	FOREIGN KEY(record_id) REFERENCES records (record_id) ON DELETE CASCADE
);
INSERT INTO "versions" VALUES(1,'r-ins','p-fc9b171f97ac0279644d70f5','1',NULL,NULL,'2026-11-28T17:07:48.126+00:00',1,0,'tests','hospital_report','final','2024-03-01','2024-03-01','2024-03-01T09:00:00.000000~6','tests@v1',0,'{"record_id":"r-ins","version":"1","version_number":null,"system":"tests","kind":"hospital_report","title":"Compte rendu","archetype":"","language":"","author":"","facility":"","effective":"2024-03-01T10:00:00+01:00","effective_end":null,"committed":null,"status":"final","patient_hint":"255081416802538"}','text/plain','plain',X'506F7461737369756D203A20352C34206D6D6F6C2F4C','a7055ff6a919a92a4000773ff93f8576a9e92382effa292eb2155f6d37625076');
INSERT INTO "versions" VALUES(2,'r-ehr','ehr-1','1',NULL,NULL,'2026-11-28T17:07:48.151+00:00',1,0,'tests','hospital_report','final','2024-03-01','2024-03-01','2024-03-01T09:00:00.000000~6','tests@v1',0,'{"record_id":"r-ehr","version":"1","version_number":null,"system":"tests","kind":"hospital_report","title":"Compte rendu","archetype":"","language":"","author":"","facility":"","effective":"2024-03-01T10:00:00+01:00","effective_end":null,"committed":null,"status":"final","patient_hint":"ehr-1"}','text/plain','plain',X'416C6C6572676965203A2070C3A96E6963696C6C696E65','d868095bb5544e58730844b8c17da404325a2e4f59eca59775abe46e7cb27526');
INSERT INTO "versions" VALUES(3,'r-p2','p2','1',1,NULL,'2026-11-28T17:07:48.162+00:00',0,0,'tests','hospital_report','final','2024-03-01','2024-03-01','2024-03-01T09:00:00.000000~6','tests@v1',0,'{"record_id":"r-p2","version":"1","version_number":1,"system":"tests","kind":"hospital_report","title":"Compte rendu","archetype":"","language":"","author":"","facility":"","effective":"2024-03-01T10:00:00+01:00","effective_end":null,"committed":null,"status":"final","patient_hint":null}','text/plain','plain',X'6176616E74','74b83cd99a5df0d9b0c10631ea1d2a2f69e95069ffa96925560ced407dee219e');
INSERT INTO "versions" VALUES(4,'r-p2','p2','2',2,NULL,'2026-11-28T17:07:48.166+00:00',1,0,'tests','hospital_report','final','2024-03-01','2024-03-01','2024-03-01T09:00:00.000000~6','tests@v1',0,'{"record_id":"r-p2","version":"2","version_number":2,"system":"tests","kind":"hospital_report","title":"Compte rendu","archetype":"","language":"","author":"","facility":"","effective":"2024-03-01T10:00:00+01:00","effective_end":null,"committed":null,"status":"final","patient_hint":null}','text/plain','plain',X'617072C3A873','e3ea6e68a59faa228352482425956b1b191d5a317c189db3fb7b0d819cb810d2');
CREATE INDEX ix_quarantine_record_id ON quarantine (record_id);
CREATE INDEX ix_outbox_patient_id ON outbox (patient_id);
CREATE INDEX ix_rejections_patient_id ON rejections (patient_id);
CREATE INDEX ix_rejections_path ON rejections (path);
CREATE INDEX ix_records_patient_id ON records (patient_id);
CREATE INDEX ix_file_records_patient_id ON file_records (patient_id);
CREATE INDEX ix_file_records_record_id ON file_records (record_id);
CREATE INDEX versions_of_patient ON versions (patient_id, current, sort);
CREATE INDEX ix_versions_record_id ON versions (record_id);
CREATE INDEX ix_facts_version_id ON facts (version_id);
CREATE INDEX facts_of_patient ON facts (patient_id, kind, sort);
CREATE INDEX ix_passages_version_id ON passages (version_id);
CREATE INDEX passages_of_patient ON passages (patient_id, sort, place);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbox',4);
COMMIT;
