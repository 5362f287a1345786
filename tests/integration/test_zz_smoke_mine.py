from datetime import date
import pytest
from tests import factories as f
from extensions import db

def test_pages(browser_of, people, db_session):
    olga = browser_of(people.olga)
    for url in ["/customers/","/projects/","/time/","/ledger/","/my-hours/","/customers/new","/projects/new","/time/new","/my-hours/new"]:
        r = olga.get(url); assert r.status_code==200,(url,r.text[:3000])
    c=f.make_customer("Aurora Outdoor"); f.make_contact_person(c)
    p=f.make_project(c,"Shop", budget_seconds=7200); t=f.make_task(p,"Design"); f.make_bug(p,"Broken"); 
    f.make_staff(p,people.petra)
    i=f.make_integration(settings={"cutoff":"2026-01-01"})
    p2=f.make_project(c,"Synced",source="zoho_projects"); f.make_link(i,"projects",local_id=p2.id)
    e=f.make_time_entry(p,task_id=t.id,user_id=people.tim.id)
    e2=f.make_time_entry(p2,billing_state="elsewhere",source="zoho_projects",remote_change="changed"); f.make_link(i,"time_entries",local_id=e2.id)
    tr=f.make_transaction(c,project_id=p.id); ln=f.make_line(tr); e3=f.make_time_entry(p,billing_state="on_draft"); f.make_allocation(e3,ln)
    urls=["/customers/","/projects/","/time/","/ledger/","/my-hours/",f"/time/new?project_id={p.id}"]
    urls+=[f"/time/{x.id}" for x in (e,e2,e3)]+[f"/time/{e.id}/edit"]
    urls+=[f"/customers/{c.id}?tab={t}" for t in ("overview","projects","transactions","timeline")]+[f"/customers/{c.id}/edit"]
    urls+=[f"/projects/{x.id}?tab={t}" for x in (p,p2) for t in ("overview","tasks","bugs","milestones","people","time","transactions")]+[f"/projects/{x.id}/edit" for x in (p,p2)]
    urls+=["/customers/options?q=aur","/projects/options?q=s","/time/people?q=o","/time/?project_id=%d&state=unbilled&since=2026-01-01&origin=local"%p.id]
    bad=[]
    for url in urls:
        try:
            r = olga.get(url)
        except Exception as ex:
            bad.append((url,repr(ex)[:400])); continue
        if r.status_code!=200: bad.append((url,r.status_code))
    print(*bad,sep="\n")
    assert not bad
