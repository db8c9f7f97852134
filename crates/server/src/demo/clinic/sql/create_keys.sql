/* rolewright demo: create keys */
-- Foreign keys, and an index under each, plus what must be unique. The migration runs this on empty tables; the seeding
-- runs it again after loading, because checking a million rows at once is many times faster than one by one.

ALTER TABLE public.wards ADD CONSTRAINT wards_department_fk FOREIGN KEY (department_id) REFERENCES public.departments;
ALTER TABLE public.beds ADD CONSTRAINT beds_ward_fk FOREIGN KEY (ward_id) REFERENCES public.wards;
ALTER TABLE public.practitioners
    ADD CONSTRAINT practitioners_department_fk FOREIGN KEY (department_id) REFERENCES public.departments;
ALTER TABLE public.patient_contacts
    ADD CONSTRAINT patient_contacts_patient_fk FOREIGN KEY (patient_id) REFERENCES public.patients ON DELETE CASCADE;
ALTER TABLE public.allergies
    ADD CONSTRAINT allergies_patient_fk FOREIGN KEY (patient_id) REFERENCES public.patients ON DELETE CASCADE;
ALTER TABLE public.encounters
    ADD CONSTRAINT encounters_patient_fk FOREIGN KEY (patient_id) REFERENCES public.patients,
    ADD CONSTRAINT encounters_practitioner_fk FOREIGN KEY (practitioner_id) REFERENCES public.practitioners,
    ADD CONSTRAINT encounters_ward_fk FOREIGN KEY (ward_id) REFERENCES public.wards;
ALTER TABLE public.admissions
    ADD CONSTRAINT admissions_encounter_fk FOREIGN KEY (encounter_id) REFERENCES public.encounters,
    ADD CONSTRAINT admissions_bed_fk FOREIGN KEY (bed_id) REFERENCES public.beds;
ALTER TABLE public.appointments
    ADD CONSTRAINT appointments_patient_fk FOREIGN KEY (patient_id) REFERENCES public.patients,
    ADD CONSTRAINT appointments_practitioner_fk FOREIGN KEY (practitioner_id) REFERENCES public.practitioners;
ALTER TABLE public.referrals
    ADD CONSTRAINT referrals_encounter_fk FOREIGN KEY (encounter_id) REFERENCES public.encounters,
    ADD CONSTRAINT referrals_department_fk FOREIGN KEY (department_id) REFERENCES public.departments;
ALTER TABLE public.observations
    ADD CONSTRAINT observations_encounter_fk FOREIGN KEY (encounter_id) REFERENCES public.encounters,
    ADD CONSTRAINT observations_patient_fk FOREIGN KEY (patient_id) REFERENCES public.patients,
    ADD CONSTRAINT observations_type_fk FOREIGN KEY (type_id) REFERENCES public.observation_types;
ALTER TABLE public.prescriptions
    ADD CONSTRAINT prescriptions_encounter_fk FOREIGN KEY (encounter_id) REFERENCES public.encounters,
    ADD CONSTRAINT prescriptions_medication_fk FOREIGN KEY (medication_id) REFERENCES public.medications;
ALTER TABLE public.immunisations
    ADD CONSTRAINT immunisations_patient_fk FOREIGN KEY (patient_id) REFERENCES public.patients,
    ADD CONSTRAINT immunisations_vaccine_fk FOREIGN KEY (vaccine_id) REFERENCES public.vaccines;
ALTER TABLE public.lab_orders
    ADD CONSTRAINT lab_orders_encounter_fk FOREIGN KEY (encounter_id) REFERENCES public.encounters,
    ADD CONSTRAINT lab_orders_practitioner_fk FOREIGN KEY (practitioner_id) REFERENCES public.practitioners;
ALTER TABLE public.lab_results
    ADD CONSTRAINT lab_results_order_fk FOREIGN KEY (lab_order_id) REFERENCES public.lab_orders ON DELETE CASCADE;
ALTER TABLE public.insurance_policies
    ADD CONSTRAINT insurance_policies_patient_fk FOREIGN KEY (patient_id) REFERENCES public.patients,
    ADD CONSTRAINT insurance_policies_insurer_fk FOREIGN KEY (insurer_id) REFERENCES public.insurers;
ALTER TABLE public.invoices
    ADD CONSTRAINT invoices_encounter_fk FOREIGN KEY (encounter_id) REFERENCES public.encounters,
    ADD CONSTRAINT invoices_policy_fk FOREIGN KEY (policy_id) REFERENCES public.insurance_policies;
ALTER TABLE public.invoice_lines
    ADD CONSTRAINT invoice_lines_invoice_fk FOREIGN KEY (invoice_id) REFERENCES public.invoices ON DELETE CASCADE;
ALTER TABLE public.users
    ADD CONSTRAINT users_practitioner_fk FOREIGN KEY (practitioner_id) REFERENCES public.practitioners;
ALTER TABLE public.user_tokens
    ADD CONSTRAINT user_tokens_user_fk FOREIGN KEY (user_id) REFERENCES public.users ON DELETE CASCADE;
ALTER TABLE public.session_tokens
    ADD CONSTRAINT session_tokens_user_fk FOREIGN KEY (user_id) REFERENCES public.users ON DELETE CASCADE;
ALTER TABLE public.audit_events
    ADD CONSTRAINT audit_events_user_fk FOREIGN KEY (user_id) REFERENCES public.users,
    ADD CONSTRAINT audit_events_patient_fk FOREIGN KEY (patient_id) REFERENCES public.patients;

CREATE UNIQUE INDEX departments_name_key ON public.departments (name);
CREATE UNIQUE INDEX wards_name_key ON public.wards (name);
CREATE UNIQUE INDEX beds_label_key ON public.beds (label);
CREATE UNIQUE INDEX patients_record_number_key ON public.patients (record_number);
CREATE UNIQUE INDEX users_email_key ON public.users (email);
CREATE UNIQUE INDEX user_tokens_token_key ON public.user_tokens (token);
CREATE UNIQUE INDEX session_tokens_token_key ON public.session_tokens (token);
CREATE UNIQUE INDEX api_secrets_name_key ON public.api_secrets (name);
CREATE UNIQUE INDEX observation_types_code_key ON public.observation_types (code);

CREATE INDEX wards_department_idx ON public.wards (department_id);
CREATE INDEX beds_ward_idx ON public.beds (ward_id);
CREATE INDEX practitioners_department_idx ON public.practitioners (department_id);
CREATE INDEX patients_name_idx ON public.patients (family_name, given_name);
CREATE INDEX patient_contacts_patient_idx ON public.patient_contacts (patient_id);
CREATE INDEX allergies_patient_idx ON public.allergies (patient_id);
CREATE INDEX encounters_patient_idx ON public.encounters (patient_id);
CREATE INDEX encounters_practitioner_idx ON public.encounters (practitioner_id);
CREATE INDEX encounters_ward_started_idx ON public.encounters (ward_id, started_at);
CREATE INDEX admissions_encounter_idx ON public.admissions (encounter_id);
CREATE INDEX admissions_bed_idx ON public.admissions (bed_id);
CREATE INDEX appointments_patient_idx ON public.appointments (patient_id);
CREATE INDEX appointments_practitioner_idx ON public.appointments (practitioner_id, starts_at);
CREATE INDEX referrals_encounter_idx ON public.referrals (encounter_id);
CREATE INDEX referrals_department_idx ON public.referrals (department_id);
CREATE INDEX observations_encounter_idx ON public.observations (encounter_id);
CREATE INDEX observations_patient_idx ON public.observations (patient_id);
CREATE INDEX observations_type_idx ON public.observations (type_id);
CREATE INDEX prescriptions_encounter_idx ON public.prescriptions (encounter_id);
CREATE INDEX prescriptions_medication_idx ON public.prescriptions (medication_id);
CREATE INDEX immunisations_patient_idx ON public.immunisations (patient_id);
CREATE INDEX immunisations_vaccine_idx ON public.immunisations (vaccine_id);
CREATE INDEX lab_orders_encounter_idx ON public.lab_orders (encounter_id);
CREATE INDEX lab_orders_practitioner_idx ON public.lab_orders (practitioner_id);
CREATE INDEX lab_results_order_idx ON public.lab_results (lab_order_id);
CREATE INDEX insurance_policies_patient_idx ON public.insurance_policies (patient_id);
CREATE INDEX insurance_policies_insurer_idx ON public.insurance_policies (insurer_id);
CREATE INDEX invoices_encounter_idx ON public.invoices (encounter_id);
CREATE INDEX invoices_policy_idx ON public.invoices (policy_id);
CREATE INDEX invoice_lines_invoice_idx ON public.invoice_lines (invoice_id);
CREATE INDEX users_practitioner_idx ON public.users (practitioner_id);
CREATE INDEX user_tokens_user_idx ON public.user_tokens (user_id);
CREATE INDEX session_tokens_user_idx ON public.session_tokens (user_id);
CREATE INDEX audit_events_user_idx ON public.audit_events (user_id);
CREATE INDEX audit_events_patient_idx ON public.audit_events (patient_id);
